import type { StepFacts } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import { toAddedMetadata } from './metadata.ts';
import { type OpenCall, toOpenCall } from './open-call.ts';
import type { Recording } from './recording.ts';
import type { RefusedCall } from './refused-call.ts';
import { noteStart } from './run-progress.ts';
import type { StepEnding } from './step-ending.ts';

/** A call begins inside a run: a step, unless it is hidden or one with its node. */
export function startStep(recording: Recording, facts: CallFacts, parent: OpenCall): void {
  const call = toOpenCall(facts, parent.run, parent, recording.port.now());
  recording.open.add(call);
  noteStart(call, parent);
  if (call.role === 'merged' && call.kind === 'agent')
    updateStep(recording, call, { kind: 'agent' });
  if (call.role !== 'shown') return;
  const added = toAddedMetadata(facts.metadata, call.run.metadataKeys);
  tellStepStart(recording, call, { ...facts.step, metadata: { ...added, ...facts.step.metadata } });
}

/** Tells the start of the step that shows a call. */
export function tellStepStart({ port }: Recording, call: OpenCall, facts: StepFacts): void {
  const { run, id, parent, name, kind, startTime } = call;
  port.emit({
    type: 'step-start',
    runId: run.runId,
    stepId: id,
    timestamp: startTime,
    ...facts,
    name,
    kind,
    ...(parent?.stepId !== undefined && { parentStepId: parent.stepId }),
  });
}

/** More became known of an open call, or of the one that it is shown as. */
export function updateStep(
  { port }: Recording,
  { run: { runId }, stepId }: OpenCall,
  facts: StepFacts,
): void {
  if (stepId === undefined) return;
  port.emit({ type: 'step-update', runId, stepId, timestamp: port.now(), ...facts });
}

/** Ends the step of a call, where it has one of its own. */
export function endStep(
  { port }: Recording,
  { run: { runId }, id, stepId }: OpenCall,
  ending: StepEnding,
): void {
  if (stepId !== id) return;
  port.emit({ type: 'step-end', runId, stepId, timestamp: port.now(), ...ending });
}

/** Tells a tool call that never became one, as a step of the node that was started for it. */
export function tellRefusedCall(
  { port }: Recording,
  { run: { runId }, id, stepId, startTime }: OpenCall,
  refused: RefusedCall,
): void {
  port.emit({
    type: 'step-end',
    runId,
    stepId: `${id}:refused`,
    ...(stepId !== undefined && { parentStepId: stepId }),
    startTime,
    timestamp: port.now(),
    ...refused,
  });
}
