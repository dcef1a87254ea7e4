export {
  lifecycleExporter,
  type LifecycleExporter,
  type LifecycleExporterOptions,
} from './lifecycle-exporter.ts';
export type { ExportedSpan, TracingEvent } from './exported-span.ts';
