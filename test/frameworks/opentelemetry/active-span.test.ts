import { type AddressInfo } from 'node:net';
import { createServer, get } from 'node:http';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';

import { createLifecycle, memorySink } from '../../../adapters/index.ts';
import { langfuse } from '../../../adapters/langfuse/index.ts';
import { activateSpan } from '../../../adapters/opentelemetry/index.ts';
import { agent, inside, scene } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

/** The program's own tracing, of which we know nothing. */
function elsewhere() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  return { exporter, tracer: provider.getTracer('app') };
}

describe('inside a run', () => {
  it('spans of the program have the trace of the run, and the run or step as parent', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink });
    const { exporter, tracer } = elsewhere();

    const traceId = await lifecycle.run({ name: 'agent' }, async (run) => {
      tracer.startSpan('in the run').end();
      await run.step({ name: 'tool' }, async () => {
        await Promise.resolve();
        tracer.startSpan('in the step').end();
      });
      tracer.startSpan('in the run again').end();
      return run.traceId;
    });
    await lifecycle.shutdown();

    const idOf = (name: string) => sink.records.find((record) => record.name === name)?.id;
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => span.spanContext().traceId)).toEqual([traceId, traceId, traceId]);
    expect(spans.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      idOf('agent'),
      idOf('tool'),
      idOf('agent'),
    ]);
  });

  it('the span around is the active one again when the run is over', () => {
    const { tracer } = elsewhere();
    const { lifecycle } = scene();
    const request = tracer.startSpan('request');

    const active = inside(request, () => {
      lifecycle.run({ name: 'agent' }, () => {});
      return trace.getActiveSpan();
    });

    expect(active).toBe(request);
  });

  it('what the code tells the active span reaches the span around', () => {
    const { exporter, tracer } = elsewhere();
    const { lifecycle } = scene();
    const request = tracer.startSpan('request');

    const isRecording = inside(request, () =>
      lifecycle.run({ name: 'agent' }, () => {
        const active = trace.getActiveSpan();
        active?.setAttribute('plan', 'pro').addEvent('asked').updateName('not of the request');
        active?.recordException(new Error('handled'));
        active?.end();
        return active?.isRecording();
      }),
    );
    request.end();

    expect(isRecording).toBe(true);
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        name: 'request',
        attributes: { plan: 'pro' },
        events: [{ name: 'asked' }, { name: 'exception' }],
      },
    ]);
  });

  it('spans follow the sampling of the span around', () => {
    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({
      sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    const tracer = provider.getTracer('app');
    const { lifecycle } = scene();

    inside(tracer.startSpan('a request that is not sampled'), () =>
      lifecycle.run({ name: 'agent' }, () => tracer.startSpan('query').end()),
    );
    lifecycle.run({ name: 'agent' }, () => tracer.startSpan('with nothing around').end());

    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['with nothing around']);
  });

  it('nothing is active when tracing is off', () => {
    const lifecycle = createLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
      onDiagnostic() {},
    });

    const active = lifecycle.run({ name: 'agent' }, () => trace.getActiveSpan());

    expect(active).toBeUndefined();
  });

  it('your own way of activating goes first', () => {
    const lifecycle = createLifecycle({ sink: memorySink(), activate: (_place, fn) => fn() });

    const active = lifecycle.run({ name: 'agent' }, () => trace.getActiveSpan());

    expect(active).toBeUndefined();
  });
});

describe('spans that come to a processor, too', () => {
  it('are steps of the stream in whose code they start', async () => {
    const { lifecycle, tracer, finish } = scene();

    const stream = lifecycle.stream({ name: 'writer' }, async function* () {
      yield 'a';
      await Promise.resolve();
      tracer.startSpan('GET /rows').end();
      yield 'b';
    });
    for await (const _chunk of stream);
    const { parents, below } = await finish();

    expect(below(parents[0])).toEqual(['span GET /rows']);
  });

  it('are steps of the run that they start in, and agents are runs inside of it', async () => {
    const { lifecycle, tracer, finish } = scene();

    lifecycle.run({ name: 'support' }, (run) =>
      run.step({ name: 'look up', kind: 'tool' }, () => {
        const query = tracer.startSpan('pg.query', {
          attributes: { 'db.system.name': 'postgresql' },
        });
        const helper = inside(query, () => tracer.startSpan('invoke_agent helper'));
        helper.end();
        query.end();
      }),
    );
    const { parents, named, below } = await finish();

    expect(parents.map(({ name }) => name)).toEqual(['support']);
    expect(below(parents[0])).toEqual(['tool look up', '  span pg.query', '    agent helper']);
    expect(named('helper')).toMatchObject({ role: 'child-run', metadata: { status: 'completed' } });
    expect(named('pg.query')).toMatchObject({
      metadata: { attributes: { 'db.system.name': 'postgresql' } },
    });
  });

  it('that start after the run are none of its', async () => {
    const { lifecycle, tracer, finish } = scene();

    const later = lifecycle.run({ name: 'support' }, () => context.active());
    context.with(later, () => {
      tracer.startSpan('GET /rows').end();
      tracer.startSpan('invoke_agent cleaner').end();
    });
    const { parents, below } = await finish();

    expect(parents.map(({ name }) => name)).toEqual(['support', 'cleaner']);
    expect(below(parents[0])).toEqual([]);
  });

  it('name the conversation of a run that has none', async () => {
    const { lifecycle, tracer, finish } = scene();

    lifecycle.run({ name: 'support', userId: 'user-1' }, () => {
      const attributes = { ...agent, 'gen_ai.conversation.id': 'chat-7', 'user.id': 'user-2' };
      tracer.startSpan('invoke_agent helper', { attributes }).end();
    });
    const { parents, named } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { conversationId: 'chat-7', userId: 'user-1' },
      metadata: { conversation_id_source: 'span.gen_ai.conversation.id' },
    });
    expect(named('helper').metadata).not.toHaveProperty('conversation_id_conflict');
  });
});

describe('a run that starts inside a span', () => {
  it('has a trace of its own when the span belongs to no run', async () => {
    const { lifecycle, tracer, finish } = scene();
    const request = tracer.startSpan('POST /chat', { attributes: { 'http.route': '/chat' } });

    const traceId = inside(request, () => lifecycle.run({ name: 'support' }, (run) => run.traceId));
    request.end();
    const { parents } = await finish();

    expect(traceId).not.toBe(request.spanContext().traceId);
    expect(parents.map(({ name }) => name)).toEqual(['support']);
  });

  it('is inside the run of the span when that has one', async () => {
    const { lifecycle, tracer, finish } = scene();
    const outer = tracer.startSpan('invoke_agent outer', { attributes: agent });
    const tool = inside(outer, () => tracer.startSpan('execute_tool delegate'));

    inside(tool, () =>
      lifecycle.run({ name: 'inner' }, (run) => {
        run.step({ name: 'step' }, () => tracer.startSpan('GET /rows').end());
      }),
    );
    inside(tool, () => lifecycle.currentRun()?.step({ name: 'by hand' }, () => {}));
    tool.end();
    outer.end();
    const { parents, below } = await finish();

    expect(parents.map(({ name }) => name)).toEqual(['outer']);
    expect(below(parents[0])).toEqual([
      'tool delegate',
      '  agent inner',
      '    span step',
      '      span GET /rows',
      '  span by hand',
    ]);
  });
});

describe('a context manager that does not work', () => {
  const place = { runId: 'a', traceId: '1'.repeat(32), spanId: '2'.repeat(16) };
  const state = () => Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1')) as object;

  function withManager(manager: unknown, fn: () => void): void {
    const kept: unknown = Reflect.get(state(), 'context');
    Reflect.set(state(), 'context', manager);
    try {
      fn();
    } finally {
      Reflect.set(state(), 'context', kept);
    }
  }

  it.each([
    ['is missing', undefined],
    ['has no methods', {}],
    ['throws', { active: () => ROOT_CONTEXT, with: () => fail() }],
    ['has no active context', { active: () => undefined, with: () => fail() }],
  ])('and %s changes nothing', (_what, manager) => {
    let calls = 0;

    withManager(manager, () => {
      activateSpan(place, () => {
        calls += 1;
      });
    });

    expect(calls).toBe(1);
  });

  it('an error of the code is the same object, and the code runs once', () => {
    const error = new Error('of the code');
    let calls = 0;

    expect(() =>
      activateSpan(place, () => {
        calls += 1;
        throw error;
      }),
    ).toThrow(error);
    expect(calls).toBe(1);
  });
});

function fail(): never {
  throw new Error('broken');
}

describe('deliveries', () => {
  it('make no spans in instrumentation of the program', async () => {
    const { exporter, tracer } = elsewhere();
    const server = createServer((request, response) => {
      request
        .resume()
        .on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    // What instrumentation of fetch and of http does: it hears of each request in the context of its caller.
    const onRequest = (): void => tracer.startSpan('HTTP').end();
    const channels = ['undici:request:create', 'http.client.request.start'];
    for (const channel of channels) subscribe(channel, onRequest);
    const lifecycle = createLifecycle({
      sink: langfuse({
        env: {
          LANGFUSE_PUBLIC_KEY: 'pk-lf-1',
          LANGFUSE_SECRET_KEY: 'sk-lf-1',
          LANGFUSE_WIRE: 'otlp',
        },
        baseUrl,
        dotenv: false,
      }),
      onDiagnostic() {},
    });

    lifecycle.run({ name: 'agent', input: 'what?' }, () => 'answer');
    const report = await lifecycle.shutdown();
    const ours = exporter.getFinishedSpans().length;
    await (await fetch(baseUrl)).text();
    await new Promise((resolve) => get(baseUrl, (answer) => answer.resume().on('end', resolve)));
    for (const channel of channels) unsubscribe(channel, onRequest);
    await new Promise((resolve) => server.close(resolve));

    expect(report.delivered).toBeGreaterThan(0);
    expect(ours).toBe(0);
    expect(exporter.getFinishedSpans()).toHaveLength(2);
  });
});
