import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type ClientCall,
  type IngestionMapping,
  toClientCalls,
} from '../../adapters/langfuse/ingestion/map.ts';
import { createTraceMap, toSpan, toStartMarker } from '../../adapters/langfuse/otlp/map.ts';
import { loadEncoder } from '../../adapters/langfuse/ingestion/encoder.ts';
import type { JsonValue, LifecycleRecord, ObservationKind } from '../../src/index.ts';
import {
  endedParent,
  endedStep,
  fullRecord,
  openParent,
  openStep,
  rootId,
  startTime,
} from './records.ts';

const mapping: IngestionMapping = {
  environment: 'prod',
  release: 'r1',
  observationTypes: 'all',
  shown: 'no',
};

const origin = { environment: 'prod', release: 'r1' };
const toTraceAttributes = createTraceMap({});

function callsOf(
  record: LifecycleRecord,
  changes: Partial<IngestionMapping> = {},
): readonly string[] {
  return toClientCalls(record, { ...mapping, ...changes }).map((one) =>
    one.call === 'observation' ? `observation ${one.kind}` : one.call,
  );
}

function bodiesOf(record: LifecycleRecord): readonly ClientCall['body'][] {
  return toClientCalls(record, mapping).map(({ body }) => body);
}

describe('the calls of the client', () => {
  it.each<[ObservationKind, string, string]>([
    ['span', 'span', 'span.end'],
    ['generation', 'generation', 'generation.end'],
    ['event', 'event', 'event'],
    ['agent', 'observation agent', 'observation agent'],
    ['tool', 'observation tool', 'observation tool'],
    ['chain', 'observation chain', 'observation chain'],
    ['retriever', 'observation retriever', 'observation retriever'],
    ['evaluator', 'observation evaluator', 'observation evaluator'],
    ['embedding', 'observation embedding', 'observation embedding'],
    ['guardrail', 'observation guardrail', 'observation guardrail'],
  ])('for a %s are %s, and %s when it was shown open', (kind, unseen, shown) => {
    const ended = endedStep({ kind });

    expect(callsOf(openStep({ kind }))).toEqual([unseen]);
    expect(callsOf(ended)).toEqual([unseen]);
    expect(callsOf(ended, { shown: 'open' })).toEqual([shown]);
  });

  it('for a parent are one for the trace and one for its root observation', () => {
    expect(callsOf(openParent())).toEqual(['trace', 'observation agent']);
    expect(callsOf(endedParent())).toEqual(['trace', 'observation agent']);
    expect(callsOf(endedParent(), { shown: 'open' })).toEqual([
      'trace.update',
      'observation agent',
    ]);
  });

  it('for an inner run are one for an observation of the outer trace', () => {
    expect(callsOf(fullRecord)).toEqual(['generation']);
  });

  it('for an old server are span, generation and event', () => {
    const basic = { observationTypes: 'basic' } as const;

    expect(callsOf(endedStep({ kind: 'agent' }), basic)).toEqual(['span']);
    expect(callsOf(endedStep({ kind: 'embedding', model: 'e-1' }), basic)).toEqual(['generation']);
    expect(callsOf(endedStep({ kind: 'event' }), basic)).toEqual(['event']);
  });

  it('play on the real client as one event each', async () => {
    const encode = await loadEncoder();
    const kinds: ObservationKind[] = ['span', 'generation', 'event', 'agent', 'guardrail'];
    const calls = kinds.flatMap((kind) => [
      ...toClientCalls(openStep({ kind }), mapping),
      ...toClientCalls(endedStep({ kind }), { ...mapping, shown: 'open' }),
    ]);

    expect(calls.map((call) => encode(call).type)).toEqual([
      'span-create',
      'span-update',
      'generation-create',
      'generation-update',
      'event-create',
      'event-create',
      'agent-create',
      'agent-create',
      'guardrail-create',
      'guardrail-create',
    ]);
  });

  it('keep the true end, which the client would replace by now', async () => {
    const encode = await loadEncoder();
    const calls = toClientCalls(endedStep({ kind: 'span' }), { ...mapping, shown: 'open' });

    expect(calls.map(encode)[0]?.body['endTime']).toEqual(new Date(startTime + 2_000));
  });
});

describe('values', () => {
  it.each<[JsonValue, JsonValue, string]>([
    ['text', 'text', 'text'],
    ['{"a":1}', '{"a":1}', '{"a":1}'],
    [{ a: [1] }, { a: [1] }, '{"a":[1]}'],
    [12, 12, '12'],
    [true, true, 'true'],
    [0, '0', '0'],
    [false, 'false', 'false'],
    ['', { value: '' }, '{"value":""}'],
    [null, { value: null }, '{"value":null}'],
    [{}, {}, '{}'],
    [[], [], '[]'],
  ])('%j are %j for ingestion and the text %s for OTLP', (output, legacy, text) => {
    const record = endedParent({ input: output, output });

    expect(bodiesOf(record)).toMatchObject([
      { input: legacy, output: legacy },
      { input: legacy, output: legacy },
    ]);
    expect(toSpan(record, toTraceAttributes).attributes).toMatchObject({
      'langfuse.observation.input': text,
      'langfuse.observation.output': text,
    });
  });

  it('of model parameters are of the types that the ingestion endpoint takes', () => {
    const modelParameters = {
      t: 0.2,
      on: true,
      stop: ['a'],
      mixed: ['a', 1],
      deep: { a: { b: 1 } },
      none: null,
    };

    expect(bodiesOf(endedStep({ kind: 'generation', modelParameters }))[0]).toMatchObject({
      modelParameters: {
        t: 0.2,
        on: true,
        stop: ['a'],
        mixed: '["a",1]',
        deep: '{"a":{"b":1}}',
        none: 'null',
      },
    });
  });

  it('that are missing are left out', () => {
    const { input: _input, output: _output, ...rest } = endedStep();

    expect(bodiesOf(rest)[0]).not.toHaveProperty('output');
    expect(Object.keys(toSpan(rest, toTraceAttributes).attributes).join()).not.toContain('put');
  });
});

describe('names', () => {
  it('over 1,000 characters are cut where the server would lose the trace', () => {
    const long = 'n'.repeat(1_500);
    const record = endedParent({ name: long, trace: { ...endedParent().trace, name: long } });

    expect(bodiesOf(record)[0]).toMatchObject({ name: 'n'.repeat(1_000) });
    expect(toSpan(record, toTraceAttributes)).toMatchObject({
      name: 'n'.repeat(1_000),
      traceAttributes: { 'langfuse.trace.name': 'n'.repeat(1_000) },
    });
  });
});

describe('times', () => {
  it.each([Number.NaN, Infinity, -1, 1e20])(
    'that are no moment (%s) throw, naming the field',
    (endTime) => {
      expect(() => toClientCalls(endedStep({ endTime }), mapping)).toThrow(
        /endTime: expected milliseconds/,
      );
      expect(() => toSpan(endedStep({ endTime }), toTraceAttributes)).toThrow(
        /endTime: expected milliseconds/,
      );
    },
  );
});

describe('the start marker', () => {
  it('has the same id in every process, another for every root, and is never a root', () => {
    const marker = toStartMarker(openParent(), toTraceAttributes);

    expect(toStartMarker(openParent(), toTraceAttributes)).toEqual(marker);
    expect(toStartMarker(openParent({ id: '1'.repeat(16) }), toTraceAttributes).spanId).not.toBe(
      marker.spanId,
    );
    expect(marker.parentSpanId).toBe(rootId);
  });
});

describe('docs/langfuse-mapping.md', () => {
  const document = readFileSync('docs/langfuse-mapping.md', 'utf8');
  const encoded = (async () => {
    const encode = await loadEncoder();
    const [trace] = toClientCalls({ ...fullRecord, role: 'parent' }, mapping).map(encode);
    const [observation] = toClientCalls(fullRecord, mapping).map(encode);
    return { trace, observation };
  })();

  it('lists every field of a trace-create', async () => {
    const { trace } = await encoded;

    expect(rows(document, 'The trace')).toEqual(Object.keys(trace?.body ?? {}).toSorted());
  });

  it('lists every field of an observation event', async () => {
    const { observation } = await encoded;

    expect(rows(document, 'The observation')).toEqual(
      Object.keys(observation?.body ?? {}).toSorted(),
    );
  });

  it('lists every field and attribute of a span', () => {
    const { traceAttributes, attributes, ...span } = toSpan(fullRecord, createTraceMap(origin));
    const names = Object.keys({ ...traceAttributes, ...attributes }).map((name) =>
      name.replace(/(\.metadata)\..*/, '$1.<key>'),
    );
    const fields = Object.keys(span).map((field) => spanFields[field] ?? field);

    expect(rows(document, 'The span')).toEqual([...new Set([...names, ...fields])].toSorted());
  });

  it('lists every attribute of the start marker', () => {
    const marker = toStartMarker(openParent(), createTraceMap(origin));
    const names = Object.keys({ ...marker.traceAttributes, ...marker.attributes });

    expect(rows(document, 'The start marker')).toEqual(names.toSorted());
  });
});

// Ours are milliseconds, on the wire they are nanoseconds.
const spanFields: Readonly<Record<string, string>> = {
  startTime: 'startTimeUnixNano',
  endTime: 'endTimeUnixNano',
};

/** The names in the first column of the table under a heading, each in backticks. */
function rows(document: string, heading: string): readonly string[] {
  const [, section = ''] = document.split(`### ${heading}\n`);
  const [table = ''] = section.split('\n#');
  return Array.from(table.matchAll(/^\| `([^`]+)`/gm), ([, name]) => name ?? '').toSorted();
}
