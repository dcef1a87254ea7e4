/**
 * Mastra. How a span becomes an event, in the order to read:
 *
 * 1. `lifecycle-exporter`: what Mastra calls. `exported-span`: what it tells.
 * 2. `span-role`: what a span is in a trace.
 * 3. `open-runs`: what is kept of runs and the spans inside, in the `recording` of an exporter.
 * 4. `spans`: what follows from the start, an update and the end of a span. The place to begin when something is recorded
 *    wrong.
 * 5. `run-start`, `run-progress` (`processor-stop`, `tool-call`), `agent-ending` (`pause`), `workflow-ending`: what is told
 *    of a run. `step-facts` (`model-call`), `step-ending`: what is told of a step. `metadata`: of both.
 * 6. `run-events`, `step-events`: the events.
 */
export {
  lifecycleExporter,
  type LifecycleExporter,
  type LifecycleExporterOptions,
} from './lifecycle-exporter.ts';
export type { ExportedSpan, TracingEvent } from './exported-span.ts';
