import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { answerOf, event, get, postBatch, postExport, postSpans, span } from './fake-requests.ts';

const anyJson = fc.jsonValue({ depthSize: 'small' });
const writeModes = ['legacy', 'dual', 'events_only'] as const;

const text = fc.constantFrom('a', 'b', '');
const time = fc.constantFrom('2026-11-23T12:00:00.000Z', '2026-11-23T12:00:01.000Z');
const counts = fc.constantFrom({}, { input: 1, output: 2 }, { promptTokens: 1 }, { a: 1.5 });
const fields = {
  id: text,
  traceId: text,
  parentObservationId: text,
  name: text,
  timestamp: time,
  startTime: time,
  endTime: time,
  input: anyJson,
  output: anyJson,
  metadata: anyJson,
  tags: fc.array(fc.string()),
  usage: counts,
  usageDetails: counts,
  costDetails: fc.constantFrom({}, { total: 0.1 }),
  model: text,
  modelParameters: fc.constantFrom({}, { a: 1, b: null }),
  level: fc.constantFrom('DEBUG', 'ERROR'),
  sessionId: text,
  promptName: text,
  value: fc.constantFrom(1, 'a'),
};
const anyEvent = fc.record({
  id: fc.constantFrom('one', 'two'),
  type: fc.constantFrom(
    'trace-create',
    'span-create',
    'span-update',
    'generation-create',
    'event-create',
    'agent-create',
    'score-create',
    'sdk-log',
    'constructor',
  ),
  timestamp: time,
  body: fc.record(fields, { requiredKeys: ['id'] }),
});

const attributeKeys = [
  'langfuse.observation.type',
  'langfuse.observation.input',
  'langfuse.observation.usage_details',
  'langfuse.observation.cost_details',
  'langfuse.observation.metadata.a',
  'langfuse.observation.completion_start_time',
  'langfuse.observation.model.parameters',
  'langfuse.trace.tags',
  'langfuse.trace.metadata',
  'langfuse.internal.as_root',
  'langfuse.environment',
  'session.id',
  'gen_ai.usage.input_tokens',
  'gen_ai.prompt.0.content',
  'gen_ai.input.messages',
  'ai.prompt.messages',
  'ai.operationId',
  'operation.name',
  'llm.token_count.prompt',
  'input.value',
  'constructor',
  '__proto__',
];
const anyValue = fc.oneof(
  anyJson,
  fc.record({ stringValue: fc.oneof(fc.string(), fc.json(), anyJson) }),
  fc.record({ intValue: anyJson }),
  fc.record({ doubleValue: anyJson }),
  fc.record({ arrayValue: anyJson }),
);
const anyId = fc.constantFrom<unknown>('0123456789abcdef', 'a', [1, 255, 'x'], '');
const anyNano = fc.oneof(
  anyJson,
  fc.constantFrom('1795435200000000000', '99999999999999999999999999', { low: 1, high: 2 }),
);
const anySpan = fc.record({
  traceId: anyId,
  spanId: anyId,
  parentSpanId: anyId,
  name: anyJson,
  startTimeUnixNano: anyNano,
  endTimeUnixNano: anyNano,
  status: anyJson,
  events: fc.array(
    fc.record({ name: anyJson, attributes: fc.constant([]), timeUnixNano: anyNano }),
  ),
  attributes: fc.array(fc.record({ key: fc.constantFrom(...attributeKeys), value: anyValue })),
});

const reads = [
  'traces',
  'observations',
  'sessions',
  'scores',
  'v2/observations?fields=core,basic,io,metadata,model,usage,trace_context',
  'v3/scores',
];

describe('the fake', () => {
  it.each(writeModes)(
    'answers any legacy batch and every read after it in %s mode',
    (writeMode) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(anyEvent, anyJson), { maxLength: 4 }), (batch) => {
          const fake = createFakeLangfuse({ writeMode });

          const { status } = answerOf(postBatch(fake, batch));

          expect(status).toBe(207);
          expect(() => [fake.traces(), ...reads.map((path) => get(fake, path))]).not.toThrow();
        }),
      );
    },
  );

  it.each(writeModes)('answers any spans and every read after them in %s mode', (writeMode) => {
    fc.assert(
      fc.property(fc.array(anySpan, { maxLength: 3 }), (spans) => {
        const fake = createFakeLangfuse({ writeMode });

        const { status } = answerOf(postSpans(fake, spans));

        expect([200, 400]).toContain(status);
        expect(() => [fake.traces(), ...reads.map((path) => get(fake, path))]).not.toThrow();
      }),
    );
  });

  it('answers any bytes as protobuf', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const fake = createFakeLangfuse();

        const reply = postExport(fake, bytes, { 'content-type': 'application/x-protobuf' });

        expect([200, 400]).toContain(answerOf(reply).status);
      }),
    );
  });

  it('answers any query', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    postBatch(fake, [event('trace-create', { id: 't' })]);
    postSpans(fake, [span()], { 'x-langfuse-ingestion-version': '4' });
    const name = fc.constantFrom(
      'filter',
      'fields',
      'limit',
      'page',
      'cursor',
      'orderBy',
      'fromTimestamp',
      'fromStartTime',
      'query',
      'environment',
      'expandMetadata',
      'parseIoAsJson',
      'constructor',
      '__proto__',
    );
    const value = fc.oneof(fc.string(), fc.json(), fc.constantFrom('1', '%', 'W10='));

    fc.assert(
      fc.property(
        fc.constantFrom(...reads, 'v2/metrics', 'traces/t'),
        fc.array(fc.tuple(name, value)),
        (path, query) => {
          const text = query.map(
            ([key, item]) => `${key}=${encodeURIComponent(item.toWellFormed())}`,
          );

          const { status } = get(fake, `${path.replace(/\?.*/, '')}?${text.join('&')}`);

          expect([200, 400]).toContain(status);
        },
      ),
    );
  });
});
