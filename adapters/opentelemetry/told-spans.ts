import type { KnownSpan } from './known-spans.ts';
import type { Recording } from './recording.ts';
import { abandonRun, endRun, learnOwner, startRun } from './run-events.ts';
import { toLoneRunId, toRunId } from './run-id.ts';
import type { ShownRole } from './span-role.ts';
import type { SpanFacts } from './span.ts';
import { endStep, startStep } from './step-events.ts';

/** Tells a span as the step or run that it is; a call of a model with no run around gets one of its own. */
export function tellSpan(
  recording: Recording,
  span: KnownSpan,
  facts: SpanFacts,
  { type, kind }: ShownRole,
): void {
  const { position, place } = span;
  if (type === 'step' && place !== undefined) {
    learnOwner(recording, span.run, facts);
    startStep(recording, span, facts, { kind, place });
  } else if (type === 'step' && (kind === 'generation' || kind === 'embedding')) {
    const run = startRun(recording, span, facts, { runId: toLoneRunId(position), kind: 'span' });
    const step = startStep(recording, span, facts, { kind, place: { runId: run.runId } });
    span.told = { as: 'lone-step', step, run };
  } else {
    startRun(recording, span, facts, { runId: toRunId(position, place), kind });
  }
}

/** Tells the end of what the span was told as. */
export function tellSpanEnd(recording: Recording, span: KnownSpan, facts: SpanFacts): void {
  const { told } = span;
  switch (told.as) {
    case 'run':
      endRun(recording, told.run, facts);
      return;
    case 'lone-step':
      endStep(recording, told.step, facts, told.run);
      endRun(recording, told.run, facts);
      return;
    case 'step':
      learnOwner(recording, span.run, facts);
      endStep(recording, told.step, facts, span.run);
      return;
    case 'undecided':
    case 'nothing':
      return;
    default:
      told satisfies never;
  }
}

/** The span will not end any more, and neither will its run. */
export function abandonSpan(recording: Recording, { told }: KnownSpan, message: string): void {
  if (told.as === 'run' || told.as === 'lone-step') abandonRun(recording, told.run, message);
}
