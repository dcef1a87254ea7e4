/**
 * OpenAI Agents: each call of `run` becomes a run, and the SDK's spans inside it become its steps.
 *
 * Read in the order of the data:
 *
 * 1. `with-lifecycle.ts`, what a user calls, and `sdk.ts`, what the SDK has; `traced-runner.ts` is the runner that they
 *    get, `described-call.ts` what they may say of a call;
 * 2. `recording.ts` and `open-runs.ts`, the state: what is known of a run while it goes on, and in which run a callback is;
 * 3. `run-events.ts`: a call to the start of a run, its promise or stream to the end;
 * 4. `trace-processor.ts`, what the SDK calls for spans, and `step-events.ts`: (run, span) to lifecycle events, with
 *    `turn.ts` for models that make no span; `tool-hooks.ts` stands in where tracing is off;
 * 5. `run-start.ts`, `run-ending.ts`, `step-facts.ts`, `step-ending.ts`: pure, what a call, a result or a span says.
 *
 * Two matters of their own: `conversation.ts`, since a session may have to be asked for its id, and `suspended-runs.ts`
 * with `approvals.ts`, for runs that wait and go on.
 */
export type { AgentRun, AgentRunner, AgentTraceProcessor, AgentTraceProvider } from './sdk.ts';
export type { AgentCall, AgentCallFacts } from './described-call.ts';
export { withLifecycle, type WithLifecycleOptions } from './with-lifecycle.ts';
