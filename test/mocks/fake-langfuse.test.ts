import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import type { FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import {
  answerOf,
  authorization,
  encode,
  event,
  exportOf,
  get,
  postBatch,
  postExport,
  postSpans,
  rowsOf,
  span,
  startedAtMs,
} from './fake-requests.ts';

const traceId = '0123456789abcdef0123456789abcdef';
const run = event('trace-create', { id: traceId, name: 'support-agent' });
const step = event('span-create', { id: 'step', traceId, name: 'plan' });

describe('a server in legacy mode', () => {
  it('takes legacy events and shows them in the v1 reads', () => {
    const fake = createFakeLangfuse({ writeMode: 'legacy' });

    const answer = answerOf(postBatch(fake, [run, step]));

    expect(answer).toMatchObject({ status: 207, body: { errors: [] } });
    expect(get(fake, `traces/${traceId}`).body).toMatchObject({
      name: 'support-agent',
      observations: [{ id: 'step', name: 'plan' }],
    });
  });

  it('takes OTLP and shows it in the v1 reads', () => {
    const fake = createFakeLangfuse({ writeMode: 'legacy' });

    const answer = answerOf(postSpans(fake, [span()]));

    expect(answer.status).toBe(200);
    expect(rowsOf(get(fake, 'observations')).map(({ id, name }) => ({ id, name }))).toEqual([
      { id: '00000000000000a1', name: 'support-agent' },
    ]);
  });

  it('never fills the v4 table, not even with a direct export', () => {
    let nowMs = startedAtMs;
    const fake = createFakeLangfuse({ writeMode: 'legacy', now: () => nowMs });
    postBatch(fake, [run, step]);
    postSpans(fake, [span()], { 'x-langfuse-ingestion-version': '4' });
    nowMs += 60 * 60_000;

    const answer = get(fake, 'v2/observations');

    expect(answer).toEqual({ status: 200, body: { data: [], meta: {} } });
  });

  it('answers v2 metrics with 404, and a bad query with 400 before that', () => {
    const fake = createFakeLangfuse({ writeMode: 'legacy' });
    const query = {
      view: 'observations',
      metrics: [{ measure: 'count', aggregation: 'count' }],
      fromTimestamp: '2026-11-23T00:00:00.000Z',
      toTimestamp: '2026-11-24T00:00:00.000Z',
    };
    const ask = (value: unknown): string =>
      `v2/metrics?query=${encodeURIComponent(JSON.stringify(value))}`;

    const [good, bad] = [get(fake, ask(query)), get(fake, ask({ ...query, view: 'traces' }))];

    expect(good.status).toBe(404);
    expect(good.body).toMatchObject({
      message: expect.stringContaining('only available in a Langfuse v4 write mode'),
    });
    expect(bad.status).toBe(400);
  });
});

describe('the version', () => {
  it('is what health answers', () => {
    const fake = createFakeLangfuse({ version: '3.110.0' });

    expect(get(fake, 'health').body).toEqual({ status: 'OK', version: '3.110.0' });
  });

  it('is refused when it is none', () => {
    expect(() => createFakeLangfuse({ version: 'latest' })).toThrow(TypeError);
  });

  it('makes a 3.x server legacy, whatever mode was asked for', () => {
    const fake = createFakeLangfuse({ version: '3.110.0', writeMode: 'events_only' });

    const answer = answerOf(postBatch(fake, [run]));

    expect(answer.body).toMatchObject({ successes: [{ status: 201 }], errors: [] });
    expect(get(fake, `traces/${traceId}`).status).toBe(200);
  });

  it.each([
    { version: '3.21.9', status: 404 },
    { version: '3.22.0', status: 400 },
    { version: '3.26.9', status: 400 },
    { version: '3.27.0', status: 200 },
  ])('decides about OTLP JSON: $version answers $status', ({ version, status }) => {
    const fake = createFakeLangfuse({ version });

    const answer = answerOf(postSpans(fake, [span()]));

    expect(answer.status).toBe(status);
  });

  it('leaves servers before 3.22.0 without an OTLP endpoint: an HTML page', () => {
    const fake = createFakeLangfuse({ version: '3.21.0' });

    expect(answerOf(postSpans(fake, [span()])).body).toMatch(/^<!DOCTYPE html>/);
  });

  it.each([
    { version: '3.29.0', status: 400 },
    { version: '3.30.0', status: 200 },
  ])('decides about gzip: $version answers $status', ({ version, status }) => {
    const fake = createFakeLangfuse({ version });
    const body = gzipSync(encode(exportOf([span()])));

    const answer = answerOf(postExport(fake, body, { 'content-encoding': 'gzip' }));

    expect(answer.status).toBe(status);
  });

  it.each(['agent', 'tool', 'chain', 'retriever', 'evaluator', 'embedding', 'guardrail'])(
    'before 3.98.2 refuses %s-create, the item alone',
    (kind) => {
      const batch = [event(`${kind}-create`, { id: 'row', traceId }), step];
      const [older, newer] = ['3.98.1', '3.98.2'].map((version) =>
        answerOf(postBatch(createFakeLangfuse({ version }), batch)),
      );

      expect(older?.body).toMatchObject({
        successes: [{ id: 'span-create-step', status: 201 }],
        errors: [{ id: `${kind}-create-row`, status: 400 }],
      });
      expect(newer?.body).toMatchObject({ errors: [] });
    },
  );

  it('gives 3.x servers no v2 observations', () => {
    const [before, since] = ['3.178.0', '3.179.0'].map((version) =>
      get(createFakeLangfuse({ version }), 'v2/observations'),
    );

    expect(before).toMatchObject({ status: 404, body: expect.stringMatching(/^<!DOCTYPE html>/) });
    expect(since).toMatchObject({ status: 404, body: { error: 'LangfuseNotFoundError' } });
  });
});

describe('a change of the write mode', () => {
  it('keeps what is stored and decides about what comes next', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    postBatch(fake, [run]);

    fake.setWriteMode('events_only');
    const refused = answerOf(postBatch(fake, [step]));
    const hidden = get(fake, `traces/${traceId}`);
    fake.setWriteMode('dual');

    expect(fake.options.writeMode).toBe('dual');
    expect(refused.body).toMatchObject({ successes: [], errors: [{ status: 400 }] });
    expect(hidden.status).toBe(404);
    expect(get(fake, `traces/${traceId}`).body).toMatchObject({
      name: 'support-agent',
      observations: [],
    });
  });
});

describe('the copy to the v4 table in dual mode', () => {
  function afterMinutes(minutes: number, write: (fake: FakeLangfuse) => void): readonly unknown[] {
    let nowMs = startedAtMs;
    const fake = createFakeLangfuse({ writeMode: 'dual', now: () => nowMs });
    write(fake);
    nowMs += minutes * 60_000;
    return rowsOf(get(fake, 'v2/observations'));
  }

  it.each([
    { minutes: 5, count: 0 },
    { minutes: 15, count: 2 },
  ])('of legacy events: $count rows after $minutes minutes', ({ minutes, count }) => {
    // The trace itself is a row of the v4 table, too.
    expect(afterMinutes(minutes, (fake) => postBatch(fake, [run, step]))).toHaveLength(count);
  });

  it('is not needed for an export that asks for the v4 table', () => {
    const headers = { 'x-langfuse-ingestion-version': '4' };

    expect(afterMinutes(0, (fake) => postSpans(fake, [span()]))).toHaveLength(0);
    expect(afterMinutes(0, (fake) => postSpans(fake, [span()], headers))).toHaveLength(1);
  });
});

describe('bodies that cannot be used', () => {
  it('are refused when they inflate beyond 64 MB', () => {
    const fake = createFakeLangfuse();
    const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024 + 1));

    const answer = answerOf(postExport(fake, bomb, { 'content-encoding': 'gzip' }));

    expect(answer).toEqual({
      status: 400,
      body: { error: 'Failed to decompress request body' },
    });
  });

  it('are acknowledged and lost, with all that came along, when text holds half a surrogate pair', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });

    const legacy = answerOf(
      postBatch(fake, [run, event('span-create', { id: 's', name: '\uD83D' })]),
    );
    const spans = answerOf(postSpans(fake, [span({ name: '\uD83D' })]));

    expect([legacy.status, spans.status]).toEqual([207, 200]);
    expect(fake.traces()).toEqual([]);
    expect(rowsOf(get(fake, 'traces'))).toEqual([]);
  });

  it('are answered with 500 when they are nested deeper than any stack, and leave no trace', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    const depth = 300_000;
    const input = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const batch = JSON.stringify({ batch: [event('span-create', { id: 's', input: 0 })] });

    const reply = fake.handle({
      method: 'POST',
      path: '/api/public/ingestion',
      headers: { authorization, 'content-type': 'application/json' },
      body: new TextEncoder().encode(batch.replace('"input":0', `"input":${input}`)),
    });

    expect(answerOf(reply).status).toBe(500);
    expect(fake.traces()).toEqual([]);
    expect(fake.ingestionEvents).toEqual([]);
  });
});

describe('any request', () => {
  it.each([
    { method: 'BREW', path: '/api/public/traces' },
    { method: 'GET', path: '' },
    { method: 'GET', path: '/api/public/traces/%E0%A4%A' },
    { method: 'GET', path: '/api/public/observations?page=%E0%A4%A&limit=-1' },
    { method: 'GET', path: '/api/public/v2/observations?filter=[{]' },
    { method: 'POST', path: '/api/public/ingestion' },
    { method: 'POST', path: '/api/public/otel/v1/traces' },
    { method: 'GET', path: '/api/public/__proto__' },
    { method: 'GET', path: '/api/public/constructor/x' },
  ])('is answered, never thrown at: $method $path', ({ method, path }) => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });

    const reply = fake.handle({ method, path, headers: {}, body: encode('\u0000{') });

    expect(answerOf(reply).status).toBeGreaterThanOrEqual(300);
  });
});
