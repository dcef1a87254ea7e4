/**
 * The AI SDK: each call (`generateText`, `streamText`, `embed` …) becomes a run, and what it does becomes its steps.
 *
 * Read in the order of the data:
 *
 * 1. `lifecycle-telemetry.ts`, what a user calls, and `telemetry.ts`, what the SDK takes for it;
 * 2. `callbacks.ts`, which event does what: each line is the way of one event;
 * 3. `recording.ts` and `open-runs.ts`, the state: what is known of a call while it runs;
 * 4. `run-events.ts`, then `model-steps.ts`, `tool-steps.ts`, `loop-steps.ts` and `retrieval-steps.ts`: (state, event)
 *    to lifecycle events, told to the port; `executions.ts` runs models and tools inside their steps;
 * 5. `run-start.ts`, `run-ending.ts` with `loop-ending.ts`, `step-facts.ts`, `step-ending.ts`: pure, what an event says.
 *
 * What ends without an event is a matter of its own: `subscriptions.ts` notices that nobody can go on with a call,
 * `observed-stream.ts` and `stream-readers.ts` that a reader has left, and `abandonment.ts` ends the run.
 */
export { lifecycleTelemetry, type LifecycleTelemetryOptions } from './lifecycle-telemetry.ts';
export { observeStream } from './observed-stream.ts';
export type {
  AiSdkTelemetry,
  CallCallbacks,
  TelemetryCallback,
  TelemetryExecution,
} from './telemetry.ts';
