import { describe, expect, it, vi } from 'vitest';
import { langfuseIngestion } from '../../adapters/langfuse/index.ts';
import {
  eventsOf,
  html,
  json,
  langfuseServer,
  multiStatus,
  options,
  type SeenEvent,
} from './langfuse-server.ts';
import {
  endedParent,
  endedStep,
  endedSteps,
  openParent,
  openStep,
  rootId,
  startTime,
  stepId,
  traceId,
  underTest,
} from './records.ts';

const server = langfuseServer();
const endpoint = '/api/public/ingestion';
const zodError = { status: 400, message: 'Invalid request data', error: 'invalid_type' };
const discriminatorError = {
  status: 400,
  message: 'Invalid request data',
  error:
    '[{"code":"invalid_union","note":"No matching discriminator","discriminator":"type","path":["type"]}]',
};

function types(): readonly string[] {
  return server.events().map(({ type }) => type);
}

function bodyOf(type: string): SeenEvent['body'] | undefined {
  return server.events().findLast((event) => event.type === type)?.body;
}

describe('an open run on the ingestion wire', () => {
  it('is a named trace with input and session, and an open root observation', async () => {
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(openParent());

    expect(outcomes).toEqual([{ type: 'delivered' }]);
    expect(server.events()).toEqual([
      {
        id: expect.any(String),
        type: 'trace-create',
        timestamp: '2026-11-20T10:00:00.000Z',
        body: {
          id: traceId,
          timestamp: '2026-11-20T10:00:00.000Z',
          name: 'support-agent',
          input: { question: 'Where is my parcel?' },
          sessionId: 'chat-7',
          userId: 'user-1',
          tags: ['a', 'b'],
          version: 'v1',
          metadata: { status: 'in_progress' },
        },
      },
      {
        id: expect.any(String),
        type: 'agent-create',
        timestamp: '2026-11-20T10:00:00.000Z',
        body: {
          id: rootId,
          traceId,
          name: 'support-agent',
          startTime: '2026-11-20T10:00:00.000Z',
          input: { question: 'Where is my parcel?' },
          level: 'DEFAULT',
          version: 'v1',
          metadata: { status: 'in_progress' },
        },
      },
    ]);
  });

  it('is completed by a trace upsert and a second agent-create with the true end', async () => {
    const sink = underTest(langfuseIngestion(options));
    await sink.send(openParent());
    server.requests.length = 0;

    await sink.send(endedParent({ level: 'ERROR', statusMessage: 'boom' }));

    expect(types()).toEqual(['trace-create', 'agent-create']);
    expect(bodyOf('trace-create')).toMatchObject({
      id: traceId,
      name: 'support-agent',
      output: { answer: 'At the depot.' },
      metadata: { status: 'completed', reason: 'stop' },
    });
    expect(bodyOf('agent-create')).toMatchObject({
      id: rootId,
      startTime: '2026-11-20T10:00:00.000Z',
      endTime: '2026-11-20T10:00:05.000Z',
      level: 'ERROR',
      statusMessage: 'boom',
    });
  });
});

describe('a span on the ingestion wire', () => {
  it('that was shown open is completed by an update with its own end, start and environment', async () => {
    const sink = underTest(langfuseIngestion({ ...options, environment: 'prod' }));
    await sink.send(openStep({ kind: 'span' }));

    await sink.send(endedStep({ kind: 'span' }));

    expect(types()).toEqual(['span-create', 'span-update']);
    expect(bodyOf('span-update')).toEqual({
      id: stepId,
      traceId,
      parentObservationId: rootId,
      name: 'search',
      startTime: '2026-11-20T10:00:01.000Z',
      endTime: '2026-11-20T10:00:02.000Z',
      input: 'parcel 12',
      output: 'found',
      level: 'DEFAULT',
      version: 'v1',
      environment: 'prod',
      metadata: {},
    });
  });

  it('that ended before it was sent goes out as one create', async () => {
    const sink = underTest(langfuseIngestion(options));

    await sink.send(endedStep({ kind: 'span' }));

    expect(types()).toEqual(['span-create']);
    expect(bodyOf('span-create')).toMatchObject({
      endTime: '2026-11-20T10:00:02.000Z',
      output: 'found',
    });
  });

  it('whose open form was not acknowledged is created, not updated', async () => {
    server.on(endpoint, () => html(502), 1);
    const sink = underTest(langfuseIngestion(options));
    await sink.send(openStep({ kind: 'generation' }));

    await sink.send(endedStep({ kind: 'generation' }));

    expect(types()).toEqual(['generation-create', 'generation-create']);
  });
});

it('sends no release, environment or sampling of the process when the options have none', async () => {
  vi.stubEnv('LANGFUSE_RELEASE', 'r');
  vi.stubEnv('LANGFUSE_TRACING_ENVIRONMENT', 'e');
  vi.stubEnv('LANGFUSE_SAMPLE_RATE', '0');
  vi.stubEnv('CI_COMMIT_SHA', 'c');
  const sink = underTest(langfuseIngestion(options));

  await sink.send(endedParent());

  expect(bodyOf('trace-create')).not.toHaveProperty('release');
  expect(bodyOf('agent-create')).not.toHaveProperty('environment');
});

it('authorises with both keys and says what it is', async () => {
  await underTest(langfuseIngestion(options)).send(endedParent());

  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Basic ${btoa('pk-lf-test:sk-lf-test')}`,
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^langfuse-lifecycle\//),
  });
});

describe('item errors', () => {
  it('reject only the record that holds the refused event', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ body }) => (body['name'] === 'step-1' ? zodError : undefined)),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(3));

    expect(outcomes.map(({ type }) => type)).toEqual(['delivered', 'rejected', 'delivered']);
    expect(server.to(endpoint)).toHaveLength(1);
  });

  it('of a half-taken record make only that record wait', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ type }) =>
        type === 'agent-create' ? { status: 500, message: 'no' } : undefined,
      ),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(endedParent(), endedStep());

    expect(outcomes.map(({ type }) => type)).toEqual(['retry', 'delivered']);
  });

  it('about missing rights keep the record and name the secret key', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, () => ({
        status: 401,
        message: 'Authentication error',
        error: 'Access Scope Denied',
      })),
    );
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toEqual([
      {
        code: 'unauthorized',
        severity: 'error',
        message: expect.stringContaining('LANGFUSE_SECRET_KEY'),
      },
    ]);
  });

  it('that are in neither list are no delivery', async () => {
    server.on(endpoint, () => json(207, { successes: [], errors: [] }));

    expect(await underTest(langfuseIngestion(options)).send(endedStep())).toEqual([
      { type: 'retry' },
    ]);
  });

  it('from an old server about the kind turn it into a span, in the same send and from then on', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ type }) =>
        /^(trace|span|generation|event)-/.test(type) ? undefined : discriminatorError,
      ),
    );
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedParent(), endedStep({ kind: 'embedding', model: 'e-1' }));
    await sink.send(endedStep({ id: '1'.repeat(16), kind: 'tool' }));

    expect(outcomes).toEqual([{ type: 'delivered' }, { type: 'delivered' }]);
    expect(server.to(endpoint).map((request) => eventsOf(request).map(({ type }) => type))).toEqual(
      [
        ['trace-create', 'agent-create', 'embedding-create'],
        ['trace-create', 'span-create', 'generation-create'],
        ['span-create'],
      ],
    );
  });
});

describe('a whole request that fails', () => {
  it.each([
    [429, { 'retry-after': '7' }, { type: 'retry', afterMs: 7_000 }],
    [503, {}, { type: 'retry' }],
    [401, {}, { type: 'retry' }],
    [403, {}, { type: 'retry' }],
    [404, {}, { type: 'retry' }],
  ])('with %i keeps every record', async (status, headers, outcome) => {
    server.on(endpoint, () => json(status, { message: 'no' }, headers));

    const outcomes = await underTest(langfuseIngestion(options)).send(endedParent(), endedStep());

    expect(outcomes).toEqual([outcome, outcome]);
    expect(server.to(endpoint)).toHaveLength(1);
  });

  it('with 401 is told once, with the address and the variable to check, until it works again', async () => {
    server.on(
      endpoint,
      () => json(401, { error: 'UnauthorizedError', message: 'Invalid credentials' }),
      2,
    );
    const sink = underTest(langfuseIngestion(options));

    await sink.send(endedStep());
    await sink.send(endedStep());
    const whileDown = [...sink.diagnostics];
    await sink.send(endedStep());
    server.on(endpoint, () => json(401, { message: 'again' }));
    await sink.send(endedStep());

    expect(whileDown).toEqual([
      {
        code: 'unauthorized',
        severity: 'error',
        message: expect.stringMatching(
          /https:\/\/langfuse\.test\/api\/public\/ingestion.*LANGFUSE_SECRET_KEY/,
        ),
      },
    ]);
    expect(sink.diagnostics).toHaveLength(2);
  });

  it('without an answer is told as unreachable, with the address', async () => {
    server.on(endpoint, () => Response.error());
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      {
        code: 'unreachable',
        message: expect.stringContaining('https://langfuse.test/api/public/ingestion'),
      },
    ]);
  });

  it('with 413 is halved until it fits, and nothing is sent twice that was taken', async () => {
    server.on(endpoint, (request) =>
      eventsOf(request).length > 2
        ? new Response('Body exceeded 4.5mb limit', { status: 413 })
        : multiStatus(request, () => undefined),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(4));

    expect(outcomes.map(({ type }) => type)).toEqual(Array(4).fill('delivered'));
    expect(server.to(endpoint).map((request) => eventsOf(request).length)).toEqual([4, 2, 2]);
  });

  it('with 413 for a single record is sent once more with its payload cut, then counted as too large', async () => {
    server.on(endpoint, () => new Response('too large', { status: 413 }));
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep({ output: 'x'.repeat(20_000) }));

    expect(outcomes).toMatchObject([{ type: 'rejected', reason: 'too_large' }]);
    expect(server.events().map(({ body }) => String(body['output']).length < 11_000)).toEqual([
      false,
      true,
    ]);
  });

  it('with 400 is halved until the bad event stands alone', async () => {
    server.on(endpoint, (request) =>
      eventsOf(request).some(({ body }) => body['name'] === 'step-5')
        ? new Response('Invalid JSON', { status: 400 })
        : multiStatus(request, () => undefined),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(8));

    expect(outcomes.map(({ type }) => type)).toEqual(
      endedSteps(8).map(({ name }) => (name === 'step-5' ? 'rejected' : 'delivered')),
    );
  });

  it('with 400 even when it is empty is not blamed on the records', async () => {
    server.on(endpoint, () => new Response('Invalid JSON', { status: 400 }));
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(...endedSteps(8));

    expect(outcomes.every(({ type }) => type === 'retry')).toBe(true);
    expect(server.to(endpoint)).toHaveLength(2);
    expect(sink.diagnostics).toMatchObject([{ code: 'server_error' }]);
  });
});

describe('sizes', () => {
  it('keep each request below 2.5 MB', async () => {
    const records = endedSteps(6, { output: 'x'.repeat(900_000) });

    const outcomes = await underTest(langfuseIngestion(options)).send(...records);

    expect(outcomes.every(({ type }) => type === 'delivered')).toBe(true);
    expect(server.to(endpoint).map((request) => eventsOf(request).length)).toEqual([2, 2, 2]);
  });

  it('over 1 MB in one event cut the payload visibly instead of losing the observation', async () => {
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedParent({ output: 'x'.repeat(1_100_000) }));

    expect(outcomes).toEqual([{ type: 'delivered' }]);
    expect(bodyOf('trace-create')?.['output']).toMatch(/^x{10000}… \[cut: 1100000 characters/);
    expect(sink.diagnostics).toMatchObject([{ code: 'too_large', severity: 'warning' }]);
  });
});

it('rejects a record that cannot be encoded and delivers its neighbours', async () => {
  const broken = endedStep({ id: '2'.repeat(16), endTime: Number.NaN });

  const outcomes = await underTest(langfuseIngestion(options)).send(endedStep(), broken);

  expect(outcomes).toMatchObject([{ type: 'delivered' }, { type: 'rejected', reason: 'rejected' }]);
});

it('stops asking a server that is away for the rest of the batch', async () => {
  server.on(endpoint, () => html(502));
  const records = endedSteps(6, { output: 'x'.repeat(900_000) });

  const outcomes = await underTest(langfuseIngestion(options)).send(...records);

  expect(outcomes.every(({ type }) => type === 'retry')).toBe(true);
  expect(server.to(endpoint)).toHaveLength(1);
});

it('gives up without a word when the caller has', async () => {
  const controller = new AbortController();
  server.on(endpoint, () => {
    controller.abort();
    return Response.error();
  });
  const sink = langfuseIngestion(options);
  const told: unknown[] = [];
  sink.start?.({
    clock: { now: () => startTime, schedule: () => ({ cancel() {} }) },
    diagnose: (one) => told.push(one),
  });

  const outcomes = await sink.send([endedStep()], { signal: controller.signal });

  expect(outcomes).toEqual([{ type: 'retry' }]);
  expect(told).toEqual([]);
});
