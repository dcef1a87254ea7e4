import { describe, expect, it } from 'vitest';
import {
  type ExportedSpan,
  lifecycleExporter,
  type LifecycleExporter,
} from '../../../adapters/mastra/index.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';

const traceId = 'c'.repeat(32);

const agentRun: ExportedSpan = {
  id: 'a'.repeat(16),
  traceId,
  name: "agent run: 'support'",
  type: 'agent_run',
  entityName: 'Support Agent',
  startTime: new Date(1_000),
  isEvent: false,
  isRootSpan: true,
  input: 'hi',
};

function inside(facts: Partial<ExportedSpan>): ExportedSpan {
  return {
    id: 'b'.repeat(16),
    traceId,
    parentSpanId: agentRun.id,
    name: 'a step',
    type: 'generic',
    startTime: new Date(2_000),
    endTime: new Date(3_000),
    isEvent: false,
    isRootSpan: false,
    ...facts,
  };
}

function start(exporter: LifecycleExporter, exportedSpan: ExportedSpan): void {
  exporter.onTracingEvent({ type: 'span_started', exportedSpan });
}

function end(exporter: LifecycleExporter, exportedSpan: ExportedSpan): void {
  exporter.onTracingEvent({ type: 'span_ended', exportedSpan });
}

/** Tells an agent's run with these spans inside. */
function tell(exporter: LifecycleExporter, ...spans: readonly ExportedSpan[]): void {
  start(exporter, agentRun);
  for (const span of spans) {
    if (!span.isEvent) start(exporter, span);
    end(exporter, span);
  }
  end(exporter, { ...agentRun, endTime: new Date(9_000), output: { text: 'sunny' } });
}

describe('a span', () => {
  it('of a tool that threw no Error says so, because Mastra keeps nothing of it', async () => {
    const { lifecycle, named } = observedLifecycle();
    const errorInfo = { message: undefined, name: undefined, stack: undefined };

    tell(lifecycleExporter(lifecycle), inside({ type: 'tool_call', errorInfo }));

    expect(await named('a step')).toMatchObject([
      {
        kind: 'tool',
        level: 'ERROR',
        statusMessage: 'something was thrown that is no Error; Mastra does not tell what',
      },
    ]);
  });

  it.each([
    [
      'a vector query',
      { type: 'rag_vector_operation', attributes: { operation: 'query' } },
      'retriever',
    ],
    [
      'a vector write',
      { type: 'rag_vector_operation', attributes: { operation: 'upsert' } },
      'span',
    ],
    ['an embedding', { type: 'rag_embedding' }, 'embedding'],
    ['a score', { type: 'scorer_run' }, 'evaluator'],
    ['a tool of an MCP server', { type: 'mcp_tool_call' }, 'tool'],
    ['a tool of the provider', { type: 'provider_tool_call' }, 'tool'],
    ['a signal', { type: 'agent_signal', isEvent: true }, 'event'],
    ['one of your own', { type: 'generic' }, 'span'],
    ['one that Mastra may invent later', { type: 'toString' }, 'span'],
  ])('for %s has its kind', async (_what, facts, kind) => {
    const { lifecycle, named } = observedLifecycle();

    tell(lifecycleExporter(lifecycle), inside(facts));

    expect(await named('a step')).toMatchObject([{ kind, startTime: 2_000, endTime: 3_000 }]);
  });

  it('tells the cost that the provider named, in dollars only', async () => {
    const { lifecycle, sink } = observedLifecycle();
    const call = { type: 'model_inference', name: 'inference: 0' };
    const costContext = { estimatedCost: 0.02, costUnit: 'USD' };

    tell(
      lifecycleExporter(lifecycle),
      inside({ ...call, id: '1'.repeat(16), attributes: { model: 'm-1', costContext } }),
      inside({
        ...call,
        id: '2'.repeat(16),
        attributes: { model: 'm-2', costContext: { ...costContext, costUnit: 'EUR' } },
      }),
    );
    await lifecycle.flush();

    const costs = sink.records.map(({ model, cost }) => [model, cost]).filter(([model]) => model);
    expect(costs).toEqual([
      ['m-1', { total: 0.02 }],
      ['m-2', undefined],
    ]);
  });

  it('has metadata of its own, and not what it repeats of the run', async () => {
    const { lifecycle, named } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);

    start(exporter, { ...agentRun, metadata: { runId: 'r', plan: 'free' } });
    end(exporter, inside({ metadata: { runId: 'r', plan: 'free', rows: 7 } }));
    end(exporter, { ...agentRun, endTime: new Date(9_000), output: { text: 'sunny' } });

    const [step] = await named('a step');
    expect(step?.metadata).toMatchObject({ rows: 7 });
    expect(Object.keys(step?.metadata ?? {})).not.toContain('plan');
  });

  it('whose parent was filtered out stands below the run', async () => {
    const { lifecycle, named, parent } = observedLifecycle();

    tell(lifecycleExporter(lifecycle), inside({ parentSpanId: 'f'.repeat(16) }));

    const run = await parent();
    expect(await named('a step')).toMatchObject([{ parentId: run?.id }]);
  });

  it('that comes after the end of its run is not lost', async () => {
    const { lifecycle, named } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);

    tell(exporter);
    end(exporter, inside({}));

    expect(await named('a step')).toHaveLength(1);
  });

  it('of a trace that nobody started is left alone', async () => {
    const { lifecycle, sink, diagnostics } = observedLifecycle();

    end(lifecycleExporter(lifecycle), inside({}));
    await lifecycle.flush();

    expect(sink.records).toEqual([]);
    expect(diagnostics).toEqual([]);
  });

  it('that has no run around it is a run', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const ingestion = inside({ type: 'rag_ingestion', name: 'ingest', isRootSpan: true });
    const exporter = lifecycleExporter(lifecycle);

    start(exporter, ingestion);
    end(exporter, { ...ingestion, output: { chunks: 4 } });

    expect(await parent()).toMatchObject({ kind: 'chain', name: 'ingest', output: { chunks: 4 } });
  });
});

describe('runs that never end', () => {
  it('are forgotten when there are ten thousand newer ones, and an end that comes after all counts', async () => {
    const { lifecycle, named, sink } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);
    const workflow = (number: number): ExportedSpan => ({
      ...agentRun,
      id: number.toString(16).padStart(16, '0'),
      traceId: number.toString(16).padStart(32, '0'),
      type: 'workflow_run',
      entityName: number === 1 ? 'the first' : 'another',
    });
    const placeIn = (span: ExportedSpan) =>
      exporter.executeInContextSync(span.id, () => lifecycle.currentRun()?.runId);

    for (let number = 1; number <= 10_000; number += 1) start(exporter, workflow(number));
    const before = placeIn(workflow(1));
    start(exporter, workflow(10_001));
    const after = placeIn(workflow(1));
    end(exporter, { ...workflow(1), endTime: new Date(9_000), output: 'late' });

    expect([before, after]).toEqual([workflow(1).traceId, undefined]);
    expect(await named('the first')).toMatchObject([{ output: 'late' }]);
    expect(sink.parents).toHaveLength(1);
  });
});

describe('model calls that Mastra hides in a run', () => {
  it('are one step, so that their usage is counted', async () => {
    const { lifecycle, named } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);
    const internalUsage = { inputTokens: 4, outputTokens: 2 };

    start(exporter, agentRun);
    end(exporter, {
      ...agentRun,
      endTime: new Date(9_000),
      output: { text: 'sunny' },
      attributes: { internalUsage },
    });

    expect(await named('internal model calls')).toMatchObject([
      { kind: 'generation', usage: { input: 4, output: 2 } },
    ]);
  });
});

describe('the bridge', () => {
  it('gives back what it was given: values, promises and errors', async () => {
    const { lifecycle } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);
    const failure = new Error('tool exploded');
    const promise = Promise.resolve('found');
    start(exporter, agentRun);

    const fails = () =>
      exporter.executeInContextSync(agentRun.id, () => {
        throw failure;
      });

    expect(exporter.executeInContextSync(agentRun.id, () => 7)).toBe(7);
    expect(exporter.executeInContext(agentRun.id, () => promise)).toBe(promise);
    expect(fails).toThrow(failure);
    expect(exporter.createSpan({})).toBeUndefined();
  });

  it('lets a span that it does not know be where its caller is', () => {
    const { lifecycle } = observedLifecycle();
    const exporter = lifecycleExporter(lifecycle);

    const runId = lifecycle.run({ name: 'outer' }, (run) =>
      exporter.executeInContextSync('unknown', () =>
        lifecycle.currentRun()?.runId === run.runId ? 'outer' : 'elsewhere',
      ),
    );

    expect(runId).toBe('outer');
  });
});
