import { describe, expect, it, vi } from 'vitest';
import { langfuseIngestion } from '../../adapters/langfuse/index.ts';
import { eventsOf, html, langfuseServer, options, type SeenEvent } from './langfuse-server.ts';
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

it('gives every event an envelope id of its own, also when it is sent again', async () => {
  server.on(endpoint, () => html(502), 1);
  const sink = underTest(langfuseIngestion(options));

  await sink.send(endedParent());
  await sink.send(endedParent());

  const ids = server.events().map(({ id }) => id);
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(4);
});

it('forgets an observation when its end was acknowledged', async () => {
  const sink = underTest(langfuseIngestion(options));
  await sink.send(openStep({ kind: 'span' }));
  await sink.send(endedStep({ kind: 'span' }));

  await sink.send(endedStep({ kind: 'span' }));

  expect(types()).toEqual(['span-create', 'span-update', 'span-create']);
});

it('authorises with both keys and says what it is', async () => {
  await underTest(langfuseIngestion(options)).send(endedParent());

  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Basic ${btoa('pk-lf-test:sk-lf-test')}`,
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^langfuse-lifecycle\//),
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
