export { type ClaudeAgentOptions, type QueryFunction, withLifecycle } from './with-lifecycle.ts';
