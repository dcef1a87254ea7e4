export type { AgentRun, AgentRunner, AgentTraceProcessor, AgentTraceProvider } from './sdk.ts';
export type { AgentCall, AgentCallFacts } from './described-call.ts';
export type { WithLifecycleOptions } from './run-tracer.ts';
export { withLifecycle } from './with-lifecycle.ts';
