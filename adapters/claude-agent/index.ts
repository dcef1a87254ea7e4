/**
 * The Claude Agent SDK. How a message becomes an event, in the order to read:
 *
 * 1. `with-lifecycle`: the `query` that is given back. `run-start`: what is known of a query when it is called. What its
 *    queries share is the `recording`.
 * 2. `followed-query`: who reads the messages is followed, and so are the messages of the user.
 * 3. `open-run`: all that is kept of a query while it runs.
 * 4. `messages` (`system-message`, `result-message`): what follows from a message. The place to begin when something is
 *    recorded wrong. `content` and `failed-call` read what stands in one.
 * 5. `model-calls` (`model-call`), `tool-calls`: the steps. Model calls wait for the bill: `spend-meter`, `spend`, `shares`.
 * 6. `query-end`: what follows from the end of the query; `result`, `result-ending`, `run-ending`: how it ended.
 * 7. `run-events`, `step-events`: the events.
 */
export type { ClaudeAgentOptions } from './recording.ts';
export { type QueryFunction, withLifecycle } from './with-lifecycle.ts';
