export type { AgentRun, AgentRunner, AgentTraceProcessor, AgentTraceProvider } from './sdk.ts';
export type { AgentCall, AgentCallFacts, WithLifecycleOptions } from './run-start.ts';
export { withLifecycle } from './with-lifecycle.ts';
