import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { langfuse, langfuseIngestion, langfuseOtlp } from '../../adapters/langfuse/index.ts';
import type { WriteMode } from '../../mocks/fake-langfuse.ts';
import { mockLangfuse } from '../../mocks/node.ts';
import {
  endedParent,
  endedStep,
  endedSteps,
  fullRecord,
  openParent,
  openStep,
  rootId,
  startTime,
  stepId,
  traceId,
  underTest,
} from './records.ts';

const mock = mockLangfuse();
const { fake } = mock;
const options = { env: mock.env, dotenv: false } as const;

beforeAll(() => mock.listen());
afterEach(() => mock.reset());
afterAll(() => mock.close());

function inMode(mode: WriteMode): void {
  fake.setWriteMode(mode);
}

function events(): readonly { type: string; timestamp: string; body: Record<string, unknown> }[] {
  return fake.ingestionEvents as {
    type: string;
    timestamp: string;
    body: Record<string, unknown>;
  }[];
}

function posts(path: string): readonly unknown[] {
  return fake.requests.filter((request) => request.method === 'POST' && request.path === path);
}

describe('on the ingestion wire', () => {
  it('trap 1: a 207 is read item by item, and a refused item is not sent again', async () => {
    inMode('legacy');
    fake.fault({
      type: 'partial',
      on: 'ingestion',
      times: Infinity,
      refuse: (item) =>
        (item as { body: { name: string } }).body.name === 'step-1' ? 400 : undefined,
    });

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(3));

    expect(outcomes.map(({ type }) => type)).toEqual(['delivered', 'rejected', 'delivered']);
    expect(posts('/api/public/ingestion')).toHaveLength(1);
  });

  it('trap 2: an events_only server refuses every trace event inside a 207, and none is lost', async () => {
    inMode('legacy');
    const sink = underTest(langfuse(options));
    await sink.send(openParent());
    inMode('events_only');

    const outcomes = await sink.send(endedParent(), endedStep());

    expect(outcomes).toEqual([{ type: 'delivered' }, { type: 'delivered' }]);
    expect(fake.otlpSpans).toHaveLength(2);
  });

  it('trap 3: every trace and observation event has a body id', async () => {
    inMode('legacy');

    await underTest(langfuseIngestion(options)).send(endedParent(), endedStep());

    expect(events().map(({ body }) => body['id'])).toEqual([traceId, rootId, stepId]);
    expect(fake.trace(traceId)?.name).toBe('support-agent');
  });

  it('trap 4: events of one entity have strictly later stamps, also when all happened in one millisecond', async () => {
    inMode('legacy');
    const sink = underTest(langfuseIngestion(options));
    const output = { answer: 'final' };

    await sink.send(openParent());
    await sink.send(openParent({ metadata: { status: 'in_progress', more: 1 } }));
    await sink.send(endedParent({ endTime: startTime, output }));

    const stamps = events()
      .filter(({ type }) => type === 'trace-create')
      .map(({ timestamp }) => Date.parse(timestamp));
    expect(stamps).toEqual([startTime, startTime + 1, startTime + 2]);
    expect(fake.trace(traceId)).toMatchObject({ output, metadata: { status: 'completed' } });
  });

  it('trap 4: a stamp is when it happened and never in the future', async () => {
    inMode('legacy');
    const sink = underTest(langfuseIngestion(options));

    await sink.send(endedStep());
    await sink.send(endedStep({ id: '1'.repeat(16), endTime: startTime + 3_600_000 }));

    expect(events().map(({ timestamp }) => Date.parse(timestamp))).toEqual([
      startTime + 2_000,
      startTime + 60_000,
    ]);
  });

  it('trap 5: nothing is null, public is never said, and what is unknown is left out', async () => {
    inMode('legacy');

    await underTest(langfuseIngestion(options)).send(
      openParent({ trace: { traceId, name: 'bare' } }),
      endedStep(),
      fullRecord,
    );

    const text = JSON.stringify(events().map(({ body }) => body));
    expect(text).not.toContain('null');
    expect(text).not.toContain('public');
    expect(events()[0]?.body).not.toHaveProperty('sessionId');
  });

  it.each([
    ['', { value: '' }],
    [null, { value: null }],
    [0, 0],
    [false, false],
  ])('trap 5: the output %j is seen', async (output, seen) => {
    inMode('legacy');
    const sink = underTest(langfuseIngestion(options));
    await sink.send(openParent({ output: 'partial' }));

    await sink.send(endedParent({ output }));

    expect(fake.trace(traceId)?.output).toEqual(seen);
    expect(fake.trace(traceId)?.root?.output).toEqual(seen);
  });

  it('trap 6: an end that arrives without its start still has the true start, name and environment', async () => {
    inMode('legacy');
    const sink = underTest(langfuseIngestion({ ...options, environment: 'prod' }));
    await sink.send(openParent(), openStep({ kind: 'span' }));
    fake.reset();

    await sink.send(endedParent(), endedStep({ kind: 'span' }));

    expect(events().map(({ type }) => type)).toContain('span-update');
    expect(fake.trace(traceId)?.observations.find(({ id }) => id === stepId)).toMatchObject({
      name: 'search',
      environment: 'prod',
      startTime: new Date(startTime + 1_000).toISOString(),
    });
  });
});

describe('on the OTLP wire', () => {
  it('trap 7: an open observation is never sent; a parent has one marker that is no root', async () => {
    inMode('events_only');
    const sink = underTest(langfuseOtlp(options));

    await sink.send(openParent(), openStep());
    const whileOpen = fake.trace(traceId);
    await sink.send(openParent());
    await sink.send(endedParent(), endedStep());

    expect(whileOpen).toMatchObject({
      name: 'support-agent',
      sessionId: 'chat-7',
      root: undefined,
    });
    const rows = fake.trace(traceId)?.observations ?? [];
    expect(rows.map(({ type, isRoot }) => [type, isRoot])).toEqual(
      expect.arrayContaining([
        ['EVENT', false],
        ['AGENT', true],
        ['TOOL', false],
      ]),
    );
    expect(rows).toHaveLength(3);
  });

  it('trap 8: input, output, name and session are on the root, session and trace name on every child', async () => {
    inMode('events_only');

    await underTest(langfuseOtlp(options)).send(endedParent(), endedStep());

    const trace = fake.trace(traceId);
    expect(trace).toMatchObject({ name: 'support-agent', sessionId: 'chat-7', userId: 'user-1' });
    expect(trace?.root?.input).toBeTruthy();
    expect(trace?.root?.output).toBeTruthy();
    expect(trace?.observations.map(({ sessionId, traceName }) => [sessionId, traceName])).toEqual([
      ['chat-7', 'support-agent'],
      ['chat-7', 'support-agent'],
    ]);
  });

  it('trap 9: the root has no parent id at all, and an all-zero one is not sent', async () => {
    inMode('events_only');
    const zero = '0'.repeat(16);

    const outcomes = await underTest(langfuseOtlp(options)).send(
      endedParent(),
      endedStep({ parentId: zero }),
    );

    expect(outcomes.map(({ type }) => type)).toEqual(['delivered', 'rejected']);
    expect(fake.trace(traceId)?.root?.id).toBe(rootId);
    expect(JSON.stringify(fake.otlpSpans)).not.toContain('parentSpanId');
  });

  it('trap 10: usage, cost and parameters arrive as numbers, metadata as an object', async () => {
    inMode('events_only');

    await underTest(langfuseOtlp(options)).send(fullRecord);

    expect(fake.trace(traceId)?.observations[0]).toMatchObject({
      usageDetails: { input: 60, output: 30, total: 150, input_cached_tokens: 30 },
      costDetails: { input: 0.001, output: 0.002, total: 0.003 },
      modelParameters: { temperature: 0.2 },
      metadata: { status: 'error' },
    });
  });

  it('trap 11: the error is in level, status code 2 and message, not in a span event', async () => {
    inMode('events_only');

    await underTest(langfuseOtlp(options)).send(
      endedParent({ level: 'ERROR', statusMessage: 'no parcel' }),
    );

    expect(fake.trace(traceId)?.root).toMatchObject({ level: 'ERROR', statusMessage: 'no parcel' });
    expect(fake.otlpSpans).toMatchObject([{ status: { code: 2 }, events: [] }]);
  });

  it('trap 12: a bad id does not take its neighbours along', async () => {
    inMode('events_only');

    const outcomes = await underTest(langfuseOtlp(options)).send(
      endedParent(),
      endedStep({ id: '' }),
    );

    expect(outcomes.map(({ type }) => type)).toEqual(['delivered', 'rejected']);
    expect(posts('/api/public/otel/v1/traces')).toHaveLength(1);
  });

  it('trap 12: a large batch goes in several requests', async () => {
    inMode('events_only');
    const records = endedSteps(5, { output: 'x'.repeat(900_000) });

    const outcomes = await underTest(langfuseOtlp(options)).send(...records);

    expect(outcomes.every(({ type }) => type === 'delivered')).toBe(true);
    expect(posts('/api/public/otel/v1/traces').length).toBeGreaterThan(1);
  });

  it('trap 13: a wait of a minute is passed on, and an HTML error page loses nothing', async () => {
    inMode('events_only');
    fake.fault({ type: 'rate-limit', retryAfter: 60, on: 'otlp' });
    fake.fault({ type: 'html', status: 502, on: 'otlp' });
    const sink = underTest(langfuseOtlp(options));

    const limited = await sink.send(endedParent());
    const page = await sink.send(endedParent());
    const taken = await sink.send(endedParent());

    expect([limited, page, taken]).toEqual([
      [{ type: 'retry', afterMs: 60_000 }],
      [{ type: 'retry' }],
      [{ type: 'delivered' }],
    ]);
  });
});

it('trap 13: an HTML error page on the ingestion wire loses nothing', async () => {
  inMode('legacy');
  fake.fault({ type: 'html', status: 502, on: 'ingestion' });
  const sink = underTest(langfuseIngestion(options));

  const page = await sink.send(endedParent());
  const taken = await sink.send(endedParent());

  expect([page, taken]).toEqual([[{ type: 'retry' }], [{ type: 'delivered' }]]);
});

it.each(['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'])(
  'trap 14: %s is understood, with a slash behind it too',
  async (name) => {
    inMode('events_only');
    const { LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY } = mock.env;
    const env = { LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, [name]: `${mock.baseUrl}//` };

    const sink = langfuse({ env, dotenv: false });

    const outcomes = await underTest(sink).send(endedParent());

    expect(outcomes).toEqual([{ type: 'delivered' }]);
    expect(sink.traceUrl?.('t')).toBe(`${mock.baseUrl}/trace/t`);
  },
);

it.each([
  ['langfuseIngestion', langfuseIngestion, 'legacy'],
  ['langfuseOtlp', langfuseOtlp, 'events_only'],
] as const)('trap 15: when send of %s resolves, the server has it', async (_, create, mode) => {
  inMode(mode);

  await underTest(create(options)).send(endedParent());

  expect(fake.trace(traceId)?.root?.output).toBeTruthy();
});

it('trap 16: no text of a record reaches the wire in another form than the record has it', async () => {
  inMode('legacy');
  const masked = endedParent({
    name: '[redacted]',
    trace: { traceId, name: '[redacted]' },
    statusMessage: '[redacted]',
    metadata: { key: '[redacted]' },
    input: '[redacted]',
    output: '[redacted]',
  });

  await underTest(langfuseIngestion(options)).send(masked);

  expect(fake.trace(traceId)?.root).toMatchObject({
    name: '[redacted]',
    statusMessage: '[redacted]',
    metadata: { key: '[redacted]' },
    input: '[redacted]',
    output: '[redacted]',
  });
});

it('trap 19: a record is written over one wire, not over both', async () => {
  inMode('dual');
  const sink = underTest(langfuse(options));

  await sink.send(openParent());
  await sink.send(endedParent(), endedStep());

  expect(fake.ingestionEvents).toEqual([]);
  expect(fake.trace(traceId)?.observations.filter(({ isRoot }) => isRoot)).toHaveLength(1);
});
