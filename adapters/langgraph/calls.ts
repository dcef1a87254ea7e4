import type { StepFacts } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import type { Origin } from './error-origins.ts';
import { messageText } from './messages.ts';
import { hasContent } from './model-call.ts';
import type { OpenCall } from './open-call.ts';
import { toPause } from './pause.ts';
import type { Recording } from './recording.ts';
import { toRefusedCall } from './refused-call.ts';
import { type RunFacts, toErrorEnding, toResultEnding } from './run-ending.ts';
import { endRun, fillInput, startRun, tellOutput } from './run-events.ts';
import { noteFailure, noteResult, noteTool } from './run-progress.ts';
import { toStepFailure, toStepResult } from './step-ending.ts';
import { endStep, startStep, tellRefusedCall, updateStep } from './step-events.ts';

/** A call began. Nothing is told twice: a second handler of the same lifecycle changes nothing. */
export function callStarted(recording: Recording, facts: CallFacts): void {
  const { open } = recording;
  const { id, parentId } = facts;
  if (open.find(id) !== undefined || open.isOver(id)) return;
  const parent = open.find(parentId);
  if (parent !== undefined) startStep(recording, facts, parent);
  else if (parentId !== undefined && open.isOver(parentId)) open.ignore(id);
  else startRun(recording, facts);
}

/** A piece of a model's answer came; only the first with something in it is told. */
export function pieceCame(recording: Recording, id: string, token: unknown, fields: unknown): void {
  const call = recording.open.find(id);
  if (call === undefined || call.hasFirstToken || !hasContent(token, fields)) return;
  call.hasFirstToken = true;
  updateStep(recording, call, { completionStartTime: recording.port.now() });
}

/** A graph waits for somebody. */
export function callPaused({ open }: Recording, id: string, event: unknown): void {
  const call = open.find(id);
  if (call !== undefined) call.pause = toPause(event);
}

/** A call gave `result`; `facts.output` is the same in plain form. */
export function callSucceeded(
  recording: Recording,
  id: string,
  result: unknown,
  facts: StepFacts,
): void {
  const call = recording.open.take(id);
  if (call === undefined) return;
  noteResult(call, result, facts.output);
  const said = toWordsOfRun(call, result);
  if (said !== undefined) tellOutput(recording, call, said);
  const refused = toRefusedCall(call, result);
  if (refused !== undefined) {
    noteTool(call, refused.name);
    tellRefusedCall(recording, call, refused);
  }
  endStep(recording, call, toStepResult(call, result, facts));
  if (call.parent !== undefined) return;
  fillInput(recording, call, facts.input ?? '[streamed input]');
  endRun(recording, call, toResultEnding(toRunFacts(call, undefined), result, facts.output));
}

/** A call threw. `origin` says what it was, where that explains the ending of a run that fails of it. */
export function callFailed(
  recording: Recording,
  id: string,
  error: unknown,
  origin?: Origin,
): void {
  const { open, origins } = recording;
  const call = open.take(id);
  if (call === undefined) return;
  if (origin !== undefined) origins.note(error, origin);
  noteFailure(call, error);
  endStep(recording, call, toStepFailure(error));
  if (call.parent !== undefined) return;
  fillInput(recording, call, '[streamed input]');
  endRun(recording, call, toErrorEnding(toRunFacts(call, origins.of(error)), error));
}

/** The words of a model, where it speaks for the run. */
function toWordsOfRun(call: OpenCall, answer: unknown): string | undefined {
  const speaks = call.kind === 'generation' && !call.isInner && call.parent !== undefined;
  return speaks ? messageText(answer) : undefined;
}

function toRunFacts({ run, pause, earlyEnd }: OpenCall, origin: Origin | undefined): RunFacts {
  const { progress } = run;
  return { ...progress, pause: pause ?? progress.thrownPause, earlyEnd, origin };
}
