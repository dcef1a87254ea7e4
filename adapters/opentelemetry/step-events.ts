import type { ObservationKind, Place } from '../../src/index.ts';
import type { KnownSpan, ToldStep } from './known-spans.ts';
import { toFinishReason } from './model-call.ts';
import type { OpenRun } from './open-runs.ts';
import { toStepError } from './recorded-error.ts';
import type { Recording } from './recording.ts';
import { withStep } from './run-progress.ts';
import { toRole } from './span-role.ts';
import type { SpanFacts } from './span.ts';
import { toStepFailure } from './step-ending.ts';
import { toStepFacts } from './step-facts.ts';

/** A span begins a step at this place. What the span is stands in it before anything is told. */
export function startStep(
  { port }: Recording,
  span: KnownSpan,
  facts: SpanFacts,
  { kind, place }: { readonly kind: ObservationKind; readonly place: Place },
): ToldStep {
  const { runId, stepId: parentStepId } = place;
  const stepId = span.position.spanId;
  const step: ToldStep = { runId, stepId, kind };
  span.told = { as: 'step', step };
  span.place = { runId, stepId };
  port.emit({
    type: 'step-start',
    runId,
    stepId,
    timestamp: facts.startTime,
    ...toStepFacts(facts, kind),
    ...(parentStepId !== undefined && { parentStepId }),
  });
  return step;
}

/** The step ended; `run` is the one that it is a step of. */
export function endStep(
  { port }: Recording,
  { runId, stepId, kind: startKind }: ToldStep,
  facts: SpanFacts,
  run: OpenRun | undefined,
): void {
  const role = toRole(facts);
  const kind = 'kind' in role ? role.kind : startKind;
  const error = toStepError(facts);
  const { output, ...told } = toStepFacts(facts, kind);
  if (run?.progress !== undefined) {
    const finishReason = toFinishReason(facts);
    run.progress = withStep(run.progress, { name: told.name, kind, output, error, finishReason });
  }
  port.emit({
    type: 'step-end',
    runId,
    stepId,
    timestamp: facts.endTime,
    ...told,
    ...(output !== undefined && { output }),
    ...toStepFailure(error),
  });
}
