export { activateSpan } from './active-span.ts';
export type { TracedSpan } from './span.ts';
export { LifecycleSpanProcessor, type LifecycleSpanProcessorOptions } from './span-processor.ts';
