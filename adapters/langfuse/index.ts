export type { LangfuseOptions, WireChoice } from './config.ts';
export {
  type LangfuseEnvironment,
  environmentSchema,
  readLangfuseEnvironment,
} from './environment.ts';
export { langfuse, langfuseIngestion, langfuseOtlp } from './sinks.ts';
