export { missingFromParent } from './completeness.ts';
export { createFakeLangfuse } from './fake-langfuse.ts';
export type {
  FakeLangfuse,
  FakeLangfuseOptions,
  FakeObservation,
  FakeReply,
  FakeRequest,
  FakeResponse,
  FakeTrace,
  SeenRequest,
  WriteMode,
} from './fake-langfuse.ts';
export type { Fault, FaultScope } from './faults.ts';
export { langfuseHandlers } from './handlers.ts';
export type { LangfuseHandlersOptions } from './handlers.ts';
