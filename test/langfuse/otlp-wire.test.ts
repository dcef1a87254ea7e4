import { describe, expect, it } from 'vitest';
import { langfuseOtlp } from '../../adapters/langfuse/index.ts';
import type { EndedRecord } from '../../src/index.ts';
import { html, json, langfuseServer, options, spansOf } from './langfuse-server.ts';
import {
  endedParent,
  endedStep,
  endedSteps,
  fullRecord,
  openParent,
  openStep,
  rootId,
  stepId,
  traceId,
  underTest,
} from './records.ts';

const server = langfuseServer();
const endpoint = '/api/public/otel/v1/traces';
const delivered = { type: 'delivered' };

describe('an ended run on the OTLP wire', () => {
  it('is one root span without a parent', async () => {
    const outcomes = await underTest(langfuseOtlp(options)).send(endedParent());

    expect(outcomes).toEqual([delivered]);
    expect(server.spans()).toHaveLength(1);
    expect(server.spans()[0]).toMatchObject({
      traceId,
      spanId: rootId,
      name: 'support-agent',
      startTimeUnixNano: '1795168800000000000',
      endTimeUnixNano: '1795168805000000000',
      status: { code: 0 },
    });
    expect(server.spans()[0]).not.toHaveProperty('parentSpanId');
    expect(server.spans()[0]?.attributes).toEqual({
      'langfuse.trace.name': 'support-agent',
      'session.id': 'chat-7',
      'user.id': 'user-1',
      'langfuse.trace.tags': ['a', 'b'],
      'langfuse.version': 'v1',
      'langfuse.observation.type': 'agent',
      'langfuse.observation.input': '{"question":"Where is my parcel?"}',
      'langfuse.observation.output': '{"answer":"At the depot."}',
      'langfuse.observation.metadata.status': 'completed',
      'langfuse.observation.metadata.reason': 'stop',
    });
  });

  it('is sent packed, as version 4, in a scope of the Langfuse SDK family and with no resource', async () => {
    await underTest(langfuseOtlp(options)).send(endedParent());

    const [request] = server.to(endpoint);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
      'x-langfuse-ingestion-version': '4',
      authorization: `Basic ${btoa('pk-lf-test:sk-lf-test')}`,
    });
    expect(request?.json).toMatchObject({
      resourceSpans: [
        {
          resource: { attributes: [] },
          scopeSpans: [{ scope: { name: expect.stringMatching(/^langfuse-sdk/) } }],
        },
      ],
    });
  });

  it('is sent as it is when the program asks for no compression', async () => {
    const sink = underTest(langfuseOtlp({ ...options, compression: 'none' }));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([delivered]);
    const [request] = server.to(endpoint);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'x-langfuse-ingestion-version': '4',
    });
    expect(request?.headers).not.toHaveProperty('content-encoding');
    expect(server.spans()[0]).toMatchObject({ traceId, spanId: rootId, name: 'support-agent' });
  });

  it('says the same packed and not packed', async () => {
    await underTest(langfuseOtlp(options)).send(endedParent());
    await underTest(langfuseOtlp({ ...options, compression: 'none' })).send(endedParent());

    const [packed, plain] = server.to(endpoint);
    expect(plain?.json).toEqual(packed?.json);
  });

  it('that failed has level, status code 2 and the message twice', async () => {
    await underTest(langfuseOtlp(options)).send(
      endedParent({ level: 'ERROR', statusMessage: 'no parcel' }),
    );

    expect(server.spans()[0]).toMatchObject({
      status: { code: 2, message: 'no parcel' },
      attributes: {
        'langfuse.observation.level': 'ERROR',
        'langfuse.observation.status_message': 'no parcel',
      },
    });
  });

  it('that was the choice of the caller is a warning and no error status', async () => {
    await underTest(langfuseOtlp(options)).send(
      endedParent({ level: 'WARNING', statusMessage: 'aborted' }),
    );

    expect(server.spans()[0]).toMatchObject({
      status: { code: 0 },
      attributes: { 'langfuse.observation.level': 'WARNING' },
    });
  });
});

describe('an open run on the OTLP wire', () => {
  it('is a marker below the future root and nothing else', async () => {
    const outcomes = await underTest(langfuseOtlp({ ...options, environment: 'prod' })).send(
      openParent(),
    );

    expect(outcomes).toEqual([delivered]);
    expect(server.spans()).toHaveLength(1);
    expect(server.spans()[0]).toMatchObject({
      traceId,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      parentSpanId: rootId,
      name: 'run-start',
      startTimeUnixNano: '1795168800000000000',
      endTimeUnixNano: '1795168800000000000',
    });
    expect(server.spans()[0]?.spanId).not.toBe(rootId);
    expect(server.spans()[0]?.attributes).toEqual({
      'langfuse.trace.name': 'support-agent',
      'session.id': 'chat-7',
      'user.id': 'user-1',
      'langfuse.trace.tags': ['a', 'b'],
      'langfuse.version': 'v1',
      'langfuse.environment': 'prod',
      'langfuse.observation.type': 'event',
      'langfuse.trace.input': '{"question":"Where is my parcel?"}',
      'langfuse.observation.input': '{"question":"Where is my parcel?"}',
      'langfuse.observation.metadata.status': 'in_progress',
    });
  });

  it('gets its marker once', async () => {
    const sink = underTest(langfuseOtlp(options));

    await sink.send(openParent());
    const outcomes = await sink.send(openParent({ metadata: { more: 'known' } }));

    expect(outcomes).toEqual([{ type: 'unneeded' }]);
    expect(server.spans()).toHaveLength(1);
  });

  it('gets the same marker again when the first was not taken', async () => {
    server.on(endpoint, () => json(503, {}), 1);
    const sink = underTest(langfuseOtlp(options));

    const first = await sink.send(openParent());
    await sink.send(openParent());

    expect(first).toEqual([{ type: 'retry' }]);
    expect(server.spans()[1]).toEqual(server.spans()[0]);
  });

  it('does not need its open steps and inner runs to be sent', async () => {
    const outcomes = await underTest(langfuseOtlp(options)).send(
      openStep(),
      openStep({ role: 'child-run', id: '1'.repeat(16) }),
    );

    expect(outcomes).toEqual([{ type: 'unneeded' }, { type: 'unneeded' }]);
    expect(server.requests).toEqual([]);
  });
});

it('gives children everything that their trace is known by', async () => {
  await underTest(langfuseOtlp({ ...options, environment: 'prod', release: 'r1' })).send(
    endedStep(),
  );

  expect(server.spans()[0]).toMatchObject({
    parentSpanId: rootId,
    attributes: {
      'langfuse.trace.name': 'support-agent',
      'session.id': 'chat-7',
      'user.id': 'user-1',
      'langfuse.trace.tags': ['a', 'b'],
      'langfuse.version': 'v1',
      'langfuse.environment': 'prod',
      'langfuse.release': 'r1',
      'langfuse.observation.type': 'tool',
    },
  });
});

it('writes model facts as texts that hold JSON', async () => {
  await underTest(langfuseOtlp(options)).send(fullRecord);

  expect(server.spans()[0]?.attributes).toMatchObject({
    'langfuse.observation.model.name': 'gpt-5',
    'langfuse.observation.model.parameters':
      '{"temperature":0.2,"stop":["a"],"format":{"type":"json"}}',
    'langfuse.observation.usage_details':
      '{"input":60,"output":30,"total":150,"input_cached_tokens":30,"input_cache_creation":10,"output_reasoning_tokens":20}',
    'langfuse.observation.cost_details': '{"input":0.001,"output":0.002,"total":0.003}',
    'langfuse.observation.completion_start_time': '2026-11-20T10:00:00.300Z',
    'langfuse.observation.prompt.name': 'plan',
    'langfuse.observation.prompt.version': 3,
    'langfuse.observation.metadata.nested': '{"a":[1]}',
  });
});

describe('many spans on the OTLP wire', () => {
  const inputOf = (record: EndedRecord): unknown => record.input;

  /** Steps with texts of their own; every 70th is larger than a block of the encoder's memory. */
  function stepsWithTexts(count: number, text: string): readonly EndedRecord[] {
    return endedSteps(count).map((step, index) => ({
      ...step,
      input: `${text} ${index} ${'é'.repeat(index % 70 === 69 ? 200_000 : 1_500)}`,
    }));
  }

  function sentInputs(): readonly unknown[] {
    return server.spans().map(({ attributes }) => attributes['langfuse.observation.input']);
  }

  it.each(['gzip', 'none'] as const)(
    'arrive with what is their own, batch after batch (%s)',
    async (compression) => {
      const sink = underTest(langfuseOtlp({ ...options, compression }));
      const first = stepsWithTexts(300, 'first');
      const second = stepsWithTexts(200, 'second');

      await sink.send(...first);
      await sink.send(...second);

      expect(sentInputs()).toEqual([...first, ...second].map(inputOf));
    },
  );

  it('do not mix when batches are sent at once', async () => {
    const sink = underTest(langfuseOtlp(options));
    await sink.send(...stepsWithTexts(20, 'more'));
    server.requests.length = 0;
    const batches = ['east', 'west', 'home', 'away'].map((text) => stepsWithTexts(20, text));

    await Promise.all(batches.map((batch) => sink.send(...batch)));

    expect(new Set(sentInputs())).toEqual(new Set(batches.flat().map(inputOf)));
  });

  it('are the same again when the first request was not taken', async () => {
    server.on(endpoint, () => json(503, {}), 1);
    const sink = underTest(langfuseOtlp(options));
    const steps = stepsWithTexts(50, 'kept');

    await sink.send(...steps);
    await sink.send(...steps);

    expect(sentInputs()).toEqual([...steps, ...steps].map(inputOf));
  });

  it('stand beside their parent, whatever the order in which they came', async () => {
    const other = { ...endedParent().trace, traceId: 'f'.repeat(32) };
    const sink = underTest(langfuseOtlp(options));

    const outcomes = await sink.send(
      endedParent(),
      endedParent({ trace: other, id: 'e'.repeat(16) }),
      endedStep(),
      endedStep({ trace: other, id: 'd'.repeat(16) }),
    );

    expect(outcomes).toEqual([delivered, delivered, delivered, delivered]);
    expect(server.spans().map(({ traceId: id }) => id)).toEqual([
      traceId,
      traceId,
      other.traceId,
      other.traceId,
    ]);
  });
});

describe('ids', () => {
  it.each([
    ['trace id', { trace: { traceId: 'T', name: 'n' } }],
    ['trace id', { trace: { traceId: '0'.repeat(32), name: 'n' } }],
    ['span id', { id: 'B7AD6B7169203331' }],
    ['parent id', { parentId: '0'.repeat(16) }],
  ])('that are no %s reject their record before it spoils the export', async (_, changes) => {
    const outcomes = await underTest(langfuseOtlp(options)).send(endedParent(), endedStep(changes));

    expect(outcomes).toMatchObject([delivered, { type: 'rejected', reason: 'rejected' }]);
    expect(server.spans()).toHaveLength(1);
  });
});

describe('a refused export', () => {
  it('is halved until the bad span stands alone; what was taken is not sent again', async () => {
    const taken: string[] = [];
    server.on(endpoint, (request) => {
      const names = spansOf(request).map(({ name }) => name);
      if (names.includes('step-2'))
        return json(400, { error: 'Invalid OTLP trace export: 1 of 4 span(s)' });
      taken.push(...names);
      return json(200, {});
    });

    const outcomes = await underTest(langfuseOtlp(options)).send(...endedSteps(4));

    expect(outcomes.map(({ type }) => type)).toEqual([
      'delivered',
      'delivered',
      'rejected',
      'delivered',
    ]);
    expect(taken).toEqual(['step-0', 'step-1', 'step-3']);
  });

  it('that would be refused empty too is not blamed on the spans', async () => {
    server.on(endpoint, () => json(400, { error: 'Failed to decompress' }));
    const sink = underTest(langfuseOtlp(options));

    const outcomes = await sink.send(...endedSteps(4));

    expect(outcomes.every(({ type }) => type === 'retry')).toBe(true);
    expect(server.to(endpoint)).toHaveLength(2);
    expect(sink.diagnostics).toMatchObject([
      { code: 'server_error', message: expect.stringContaining('Failed to decompress') },
    ]);
  });

  it('with 413 is halved', async () => {
    server.on(endpoint, (request) =>
      spansOf(request).length > 1 ? html(413) : json(200, { name: 'otel-ingestion-job' }),
    );

    const outcomes = await underTest(langfuseOtlp(options)).send(...endedSteps(3));

    expect(outcomes).toEqual([delivered, delivered, delivered]);
  });

  it('with 413 for one span is sent once more with its payload cut', async () => {
    server.on(endpoint, () => html(413), 1);
    const sink = underTest(langfuseOtlp(options));

    const outcomes = await sink.send(endedStep({ output: 'x'.repeat(20_000) }));

    expect(outcomes).toEqual([delivered]);
    expect(server.spans().at(-1)?.attributes['langfuse.observation.output']).toMatch(
      /^x{10000}… \[cut: 20000 characters/,
    );
    expect(sink.diagnostics).toMatchObject([{ code: 'too_large', severity: 'warning' }]);
  });
});

it('keeps each request below 3.5 MB before packing', async () => {
  const records = endedSteps(5, { output: '"'.repeat(900_000) });

  const outcomes = await underTest(langfuseOtlp(options)).send(...records);

  expect(outcomes.every(({ type }) => type === 'delivered')).toBe(true);
  expect(server.spans()).toHaveLength(5);
  for (const { bytes } of server.to(endpoint)) expect(bytes).toBeLessThan(3_500_000);
});

describe('an answer that is no success', () => {
  it('of a page that says 200 keeps the records and names the address', async () => {
    server.on(endpoint, () => html(200));
    const sink = underTest(langfuseOtlp(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      { code: 'server_error', message: expect.stringContaining(`${options.baseUrl}${endpoint}`) },
    ]);
  });

  it.each([
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'unreachable'],
    [500, 'server_error'],
  ])('with %i keeps the records and tells %s', async (status, code) => {
    server.on(endpoint, () => json(status, { message: 'no' }));
    const sink = underTest(langfuseOtlp(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([{ code, severity: 'error' }]);
  });

  it('with 429 says how long to wait, also as a date', async () => {
    server.on(endpoint, () => json(429, {}, { 'retry-after': 'Fri, 20 Nov 2026 10:02:00 GMT' }));

    expect(await underTest(langfuseOtlp(options)).send(endedStep())).toEqual([
      { type: 'retry', afterMs: 60_000 },
    ]);
  });
});

it('takes any JSON object for a success', async () => {
  server.on(endpoint, () => json(200, { name: 'otel-ingestion-job', data: { id: stepId } }));

  expect(await underTest(langfuseOtlp(options)).send(endedStep())).toEqual([delivered]);
});

it('says when a Collector took an export without some of its spans', async () => {
  server.on(endpoint, () =>
    json(200, { partialSuccess: { rejectedSpans: '2', errorMessage: 'x' } }),
  );
  const sink = underTest(langfuseOtlp(options));

  await sink.send(endedStep());

  expect(sink.diagnostics).toMatchObject([
    {
      code: 'rejected',
      severity: 'error',
      message: expect.stringContaining('without 2 of its spans'),
    },
  ]);
});
