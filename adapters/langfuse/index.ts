export type { LangfuseOptions, WireChoice } from './config.ts';
export type { LangfuseEnvironment } from './environment.ts';
export { environmentSchema } from './environment-schema.ts';
export { langfuse, langfuseIngestion, langfuseOtlp } from './sinks.ts';
