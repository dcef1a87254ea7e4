/**
 * OpenTelemetry: spans of agents become runs, spans inside become their steps, whatever instrumentation makes them.
 *
 * Read in the order of the data:
 *
 * 1. `span-processor.ts`, what the SDK calls, and `span.ts`, what is read of its spans;
 * 2. `spans.ts`: a span starts, and ends; `span-places.ts` says where it belongs;
 * 3. `span-decisions.ts`, when it is decided what a span is, and `span-role.ts`, the rule;
 * 4. `recording.ts`, `known-spans.ts` and `open-runs.ts`, the state: what is known of spans and of the runs they are in;
 * 5. `told-spans.ts`, then `run-events.ts` and `step-events.ts`: (state, facts) to lifecycle events;
 * 6. pure, what a span says: `run-start.ts`, `run-id.ts`, `run-ending.ts` with `run-progress.ts`, `step-facts.ts`,
 *    `step-ending.ts`, and one file for each kind of fact: `names.ts`, `owner.ts`, `metadata.ts`, `inputs-outputs.ts`,
 *    `messages.ts`, `model-call.ts`, `recorded-error.ts`. They name the attributes of all conventions.
 *
 * The other direction is `active-span.ts`: a run of ours is the active span while its code runs.
 */
export { activateSpan } from './active-span.ts';
export type { TracedSpan } from './span.ts';
export { LifecycleSpanProcessor, type LifecycleSpanProcessorOptions } from './span-processor.ts';
