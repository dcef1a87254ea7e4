import { describe, expect, it } from 'vitest';

import { writesOf } from './payload.ts';
import { scenarios } from './scenarios.ts';
import { type AnyValue, type SentSpan, spansOf } from './sent-data.ts';
import { flushIntervalMs, otlpSink, play } from './sinks.ts';

const short = scenarios.filter(({ expected }) => expected.wasOpenAtTick === undefined);
const long = scenarios.filter(({ expected }) => expected.wasOpenAtTick === true);

/** Attributes in which Langfuse reads nothing but the text of a JSON object. */
const jsonObjects = [
  'langfuse.observation.model.parameters',
  'langfuse.observation.usage_details',
  'langfuse.observation.cost_details',
];

// What the other sinks send on this wire is compared with the files of this one.
const sink = otlpSink;

describe(`what ${sink.name} sends`, () => {
  describe.each(scenarios)('after $name', (scenario) => {
    const { expected } = scenario;

    it('holds each span once, with ids and times that a server takes', async () => {
      const played = await play(sink, scenario);

      const spans = spansOf(played.requests).flat();
      const ids = spans.map(({ spanId }) => spanId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
      for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano, sentAt } of spans) {
        expect(traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
        expect(spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
        expect(startTimeUnixNano).toMatch(/^\d{19}$/);
        expect(Number(endTimeUnixNano)).toBeGreaterThanOrEqual(Number(startTimeUnixNano));
        expect(BigInt(endTimeUnixNano) / 1_000_000n).toBeLessThanOrEqual(BigInt(sentAt));
      }
    });

    it('holds one root, and everything else below a span that is sent too', async () => {
      const played = await play(sink, scenario);

      const requests = spansOf(played.requests);
      const spans = requests.flat();
      const ids = spans.map(({ spanId }) => spanId);
      const roots = spans.filter((span) => !('parentSpanId' in span));
      expect(roots).toHaveLength(1);
      expect(requests.at(-1)?.[0]).toEqual(roots[0]);
      for (const { parentSpanId } of spans.filter((span) => span !== roots[0])) {
        expect(ids).toContain(parentSpanId);
      }
    });

    it('says on every span what the trace is known by', async () => {
      const played = await play(sink, scenario);

      const { trace = {}, conversationId } = expected;
      const tags = trace.tags?.map((stringValue) => ({ stringValue }));
      const facts = [
        ['langfuse.trace.name', text(expected.name)],
        ['session.id', text(conversationId ?? undefined)],
        ['user.id', text(trace.userId)],
        ['langfuse.trace.tags', tags && { arrayValue: { values: tags } }],
        ['langfuse.version', text(trace.version)],
        ['langfuse.environment', text(scenario.sinkOptions?.environment)],
        ['langfuse.release', text(scenario.sinkOptions?.release)],
      ] as const;
      for (const { attributes } of spansOf(played.requests).flat()) {
        expect(facts.map(([key]) => [key, attributes.get(key)])).toEqual(facts);
      }
    });

    it('holds only attributes that Langfuse reads as they are meant', async () => {
      const played = await play(sink, scenario);

      for (const { attributes } of spansOf(played.requests).flat()) {
        for (const [key, value] of attributes) expect(Object.keys(value)).toEqual([typeOf(key)]);
        for (const key of jsonObjects.filter((key) => attributes.has(key))) {
          expect(JSON.parse(String(attributes.get(key)?.['stringValue']))).toEqual(
            expect.any(Object),
          );
        }
        expect(
          [...attributes.keys()].filter((key) => /public|root|trace\.output/.test(key)),
        ).toEqual([]);
        expect([...attributes.values()].map((value) => value['stringValue'])).not.toContain('');
      }
    });

    it('tells failures by level, status code and message', async () => {
      const played = await play(sink, scenario);

      for (const { status, attributes } of spansOf(played.requests).flat()) {
        const level = attributes.get('langfuse.observation.level')?.['stringValue'];
        const message = attributes.get('langfuse.observation.status_message')?.['stringValue'];
        expect(status).toEqual(level === 'ERROR' ? { code: 2, message } : { code: 0 });
        expect(level === 'ERROR' ? message : 'none needed').toEqual(expect.stringMatching(/\S/));
      }
    });
  });

  it.each(short)(
    'for $name is one request with one span for each observation',
    async (scenario) => {
      const played = await play(sink, scenario);

      const requests = spansOf(played.requests);
      expect(requests).toHaveLength(1);
      expect(requests.flat()).toHaveLength(1 + scenario.expected.children.length);
    },
  );

  it.each(long)('for $name marks the start, then sends each span once', async (scenario) => {
    const played = await play(sink, scenario);

    const requests = spansOf(played.requests);
    const [marker] = requests[0] ?? [];
    const [root] = requests.at(-1) ?? [];
    const spans = requests.flat();
    expect(marker).toMatchObject({ name: 'run-start', parentSpanId: root?.spanId });
    expect(marker?.startTimeUnixNano).toBe(root?.startTimeUnixNano);
    expect(marker?.endTimeUnixNano).toBe(root?.startTimeUnixNano);
    expect(spans.filter((span) => statusOf(span) === 'in_progress')).toEqual([marker]);
    expect(spans).toHaveLength(2 + scenario.expected.children.length);
  });

  it('is packed, as version 4', async () => {
    using bench = sink.open();
    bench.lifecycle.run({ name: 'support-agent', input: 'Where?' }, () => 'done');
    await bench.lifecycle.flush();

    const [write] = writesOf(bench.requests());
    expect(write?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'x-langfuse-ingestion-version': '4',
    });
  });

  it('is nothing before the flush interval is over', async () => {
    using bench = sink.open();
    const run = bench.lifecycle.startRun({ name: 'support-agent', input: 'Where?' });

    await bench.tools.pass(flushIntervalMs - 1);
    expect(bench.requests()).toEqual([]);

    await bench.tools.pass(1);
    await expect
      .poll(() => spansOf(bench.requests()).flat().map(statusOf))
      .toEqual(['in_progress']);
    run.complete('done');
    await bench.lifecycle.shutdown();
  });
});

function text(stringValue: string | undefined): AnyValue | undefined {
  return stringValue === undefined ? undefined : { stringValue };
}

function typeOf(key: string): string {
  if (key === 'langfuse.trace.tags') return 'arrayValue';
  return key === 'langfuse.observation.prompt.version' ? 'intValue' : 'stringValue';
}

function statusOf({ attributes }: SentSpan): unknown {
  return attributes.get('langfuse.observation.metadata.status')?.['stringValue'];
}
