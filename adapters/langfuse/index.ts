export type { LangfuseOptions, WireChoice } from './config.ts';
export { type LangfuseEnvironment, environmentSchema } from './environment.ts';
export { langfuse, langfuseIngestion, langfuseOtlp } from './sinks.ts';
