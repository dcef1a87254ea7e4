import { type Attributes, context, type Span, trace, type Tracer } from '@opentelemetry/api';
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

import {
  createLifecycle,
  type Diagnostic,
  type EndedRecord,
  type Lifecycle,
  type LifecycleOptions,
  type LifecycleRecord,
  memorySink,
  type MemorySink,
} from '../../../adapters/index.ts';
import type { LifecycleSpanProcessorOptions } from '../../../adapters/opentelemetry/index.ts';
import { provider } from './telemetry.ts';

/** A program with a lifecycle that keeps in memory what it is told, and a tracer whose spans come to it. */
export interface Scene {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: readonly Diagnostic[];
  readonly provider: BasicTracerProvider;
  readonly tracer: Tracer;
  /** Everything is told and sent; gives what is known of each observation, by its name. */
  readonly finish: () => Promise<Finished>;
}

export interface Finished {
  readonly parents: readonly EndedRecord[];
  /** @throws when there is none or more than one of that name. */
  readonly named: (name: string) => LifecycleRecord;
  /** The observations below one, each as its kind and name, indented by how deep it stands. */
  readonly below: (record: LifecycleRecord | undefined) => readonly string[];
}

export function scene(
  options: Partial<LifecycleOptions> & { readonly processor?: LifecycleSpanProcessorOptions } = {},
): Scene {
  const { processor, ...rest } = options;
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...rest,
  });
  const made = provider(lifecycle, processor);
  return {
    lifecycle,
    sink,
    diagnostics,
    provider: made,
    tracer: made.getTracer('test'),
    async finish() {
      await lifecycle.shutdown();
      return finished(sink);
    },
  };
}

function finished(sink: MemorySink): Finished {
  const records = [...new Map(sink.records.map((record) => [record.id, record])).values()];
  const below = (record: LifecycleRecord | undefined, depth: number): readonly string[] =>
    records
      .filter(
        ({ parentId, trace }) => parentId === record?.id && trace.traceId === record?.trace.traceId,
      )
      .toSorted((one, other) => one.startTime - other.startTime)
      .flatMap((child) => [
        `${'  '.repeat(depth)}${child.kind} ${child.name}`,
        ...below(child, depth + 1),
      ]);
  return {
    parents: sink.parents,
    named(name) {
      const [found, ...others] = records.filter((record) => record.name === name);
      if (found === undefined || others.length > 0)
        throw new Error(
          `expected one "${name}" among ${records.map((record) => record.name).join()}`,
        );
      return found;
    },
    below: (record) => below(record, 0),
  };
}

/** Calls `fn` with the span as the active one. */
export function inside<T>(span: Span, fn: () => T): T {
  return context.with(trace.setSpan(context.active(), span), fn);
}

export const agent = { 'gen_ai.operation.name': 'invoke_agent' } as const;
export const chat = { 'gen_ai.operation.name': 'chat' } as const;

/** What becomes of one agent span whose attributes come with its end. */
export async function runOf(attributes: Attributes, name = 'invoke_agent a') {
  const { tracer, finish } = scene();
  const span = tracer.startSpan(name, { attributes: agent });
  span.setAttributes(attributes);
  span.end();
  const { parents } = await finish();
  return parents[0];
}

/** What becomes of one span inside an agent. */
export async function stepOf(name: string, attributes: Attributes) {
  const { tracer, finish } = scene();
  const root = tracer.startSpan('invoke_agent a', { attributes: agent });
  inside(root, () => tracer.startSpan(name, { attributes })).end();
  root.end();
  const { parents, named } = await finish();
  return { root: parents[0], step: named(name) };
}
