import { type AdapterPort, adapterPort, ConfigError, type Lifecycle } from '../../src/index.ts';
import type { TracingEvent } from './exported-span.ts';
import { createRecording, type MaxStepsOf, type Recording } from './recording.ts';
import { placeOf, spanEnded, spanStarted, spanUpdated } from './spans.ts';

/** What Mastra does not tell. */
export interface LifecycleExporterOptions {
  /**
   * The `maxSteps` of your agents, as a number or by agent id. Mastra does not say why a loop stopped: with the limit,
   * a run that stopped before it while the model still called tools is `stop_condition`, without it every such run is
   * `max_iterations`.
   */
  readonly maxSteps?: number | ((agentId: string) => number | undefined);
}

/**
 * What goes into `exporters` of Mastra's `Observability`. It may be the `bridge` as well, or instead: then what runs
 * inside tools, processors and workflow steps knows the step that it is in.
 */
export interface LifecycleExporter {
  readonly name: string;
  onTracingEvent(event: TracingEvent): void;
  exportTracingEvent(event: TracingEvent): Promise<void>;
  /** Leaves the ids to Mastra. */
  createSpan(options: unknown): undefined;
  executeInContext<T>(spanId: string, fn: () => Promise<T>): Promise<T>;
  executeInContextSync<T>(spanId: string, fn: () => T): T;
  /** Flushes the lifecycle. Never rejects. */
  flush(): Promise<void>;
  /** Flushes the lifecycle, which stays open: whoever made it shuts it down. */
  shutdown(): Promise<void>;
}

/**
 * Records every run of the agents and workflows of a Mastra.
 *
 * @throws {ConfigError} when `lifecycle` is none, `options` is no object, or `maxSteps` is no limit.
 * @example
 * new Observability({
 *   configs: { default: { serviceName: 'support', exporters: [lifecycleExporter(lifecycle)] } },
 * });
 */
export function lifecycleExporter(
  lifecycle: Lifecycle,
  options: LifecycleExporterOptions = {},
): LifecycleExporter {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(
      `options: expected an object, received ${options === null ? 'null' : typeof options}.`,
    );
  }
  const port = adapterPort(lifecycle);
  const recording = createRecording(port, toMaxStepsOf(port, options.maxSteps));
  // An exporter that is the bridge as well is told everything twice.
  const told = new WeakSet<TracingEvent>();

  function record(event: TracingEvent): void {
    if (!port.isRecording || told.has(event)) return;
    port.guard('The Mastra adapter failed to record a span', () => {
      told.add(event);
      recordEvent(recording, event);
    });
  }

  function within<T>(spanId: string, fn: () => T): T {
    const place = port.isRecording ? placeOf(recording, spanId) : undefined;
    return place === undefined ? fn() : port.within(place, fn);
  }

  return {
    name: 'langfuse-lifecycle',
    onTracingEvent: record,
    async exportTracingEvent(event) {
      record(event);
    },
    createSpan: () => undefined,
    executeInContext: within,
    executeInContextSync: within,
    async flush() {
      await lifecycle.flush();
    },
    async shutdown() {
      await lifecycle.flush();
    },
  };
}

function recordEvent(recording: Recording, { type, exportedSpan }: TracingEvent): void {
  switch (type) {
    case 'span_started':
      return spanStarted(recording, exportedSpan);
    case 'span_updated':
      return spanUpdated(recording, exportedSpan);
    case 'span_ended':
      return spanEnded(recording, exportedSpan);
    default:
      return undefined;
  }
}

function toMaxStepsOf(
  port: AdapterPort,
  maxSteps: LifecycleExporterOptions['maxSteps'],
): MaxStepsOf {
  if (maxSteps === undefined || isLimit(maxSteps)) return () => maxSteps;
  if (typeof maxSteps !== 'function')
    throw new ConfigError(
      `maxSteps: expected a positive integer or a function of the agent's id, received ${String(maxSteps)}. Leave it out when no limit is known.`,
    );
  return (agentId) => {
    let limit: unknown;
    port.guard('The option maxSteps of the Mastra adapter failed', () => {
      limit = maxSteps(agentId);
    });
    return isLimit(limit) ? limit : undefined;
  };
}

function isLimit(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
