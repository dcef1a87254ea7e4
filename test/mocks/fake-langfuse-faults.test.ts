import { describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { answerOf, event, get, postBatch, postSpans, rowsOf, span } from './fake-requests.ts';

const traceId = '0123456789abcdef0123456789abcdef';
const run = event('trace-create', { id: traceId, name: 'support-agent' });
const step = event('span-create', { id: 'step', traceId, name: 'plan' });

describe('faults', () => {
  it('of status stand in for the answer, and nothing is stored', () => {
    const fake = createFakeLangfuse();
    fake.fault({ type: 'status', status: 503 });

    const answers = [postSpans(fake, [span()]), postSpans(fake, [span()])].map(answerOf);

    expect(answers.map(({ status }) => status)).toEqual([503, 200]);
    expect(fake.otlpSpans).toHaveLength(1);
  });

  it('of refusal lose the refused items and keep the rest', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    fake.fault({ type: 'partial', refuse: (_, index) => (index === 1 ? 500 : undefined) });

    const answer = answerOf(postBatch(fake, [run, step]));

    expect(answer).toEqual({
      status: 207,
      body: {
        successes: [{ id: run['id'], status: 201 }],
        errors: [{ id: step['id'], status: 500, error: 'Internal Server Error' }],
      },
    });
    expect(get(fake, `traces/${traceId}`).body).toMatchObject({ observations: [] });
    expect(fake.ingestionEvents).toEqual([run]);
  });

  it('of refusal leave an OTLP export alone', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    fake.fault({ type: 'partial', refuse: () => 400 });

    expect(answerOf(postSpans(fake, [span()])).status).toBe(200);
    expect(answerOf(postBatch(fake, [run])).body).toMatchObject({
      successes: [],
      errors: [{ status: 400, message: 'Invalid request data' }],
    });
  });

  it('that hang store nothing', () => {
    const fake = createFakeLangfuse();
    fake.fault({ type: 'hang' });

    const reply = postSpans(fake, [span()]);

    expect(reply).toEqual({ type: 'hang' });
    expect(fake.traces()).toEqual([]);
  });

  it('that break the connection come after the request was taken', () => {
    const fake = createFakeLangfuse();
    fake.fault({ type: 'reset', afterBytes: 3 });

    const reply = postSpans(fake, [span()]);

    expect(reply).toMatchObject({ type: 'reset', afterBytes: 3, response: { status: 200 } });
    expect(fake.trace(traceId)?.observations).toHaveLength(1);
  });
});

describe('the log of requests', () => {
  it('holds what each request carried, decoded, and how it was answered', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });

    postBatch(fake, [run]);
    get(fake, 'traces?limit=1');

    expect(fake.requests).toMatchObject([
      { method: 'POST', path: '/api/public/ingestion', json: { batch: [run] }, status: 207 },
      { method: 'GET', path: '/api/public/traces?limit=1', bytes: 0, json: undefined, status: 200 },
    ]);
  });

  it('has no status for a request that was not answered', () => {
    const fake = createFakeLangfuse();
    fake.fault({ type: 'hang' });
    fake.fault({ type: 'reset' });

    postSpans(fake, [span()]);
    postSpans(fake, [span()]);

    expect(fake.requests.map(({ status }) => status)).toEqual([undefined, undefined]);
    expect(fake.requests[0]?.json).toMatchObject({ resourceSpans: [{}] });
  });

  it('keeps acknowledged events and spans as they were sent', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    const sent = span({ extra: 1 }, { a: 'b' });

    postBatch(fake, [run, { ...step, type: 'no-such-type' }]);
    postSpans(fake, [sent]);
    postSpans(fake, [span({ traceId: 17 })]);

    expect(fake.ingestionEvents).toEqual([run]);
    expect(fake.otlpSpans).toEqual([sent]);
  });
});

describe('a reset', () => {
  it('forgets rows, requests and faults', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    const { requests, ingestionEvents, otlpSpans } = fake;
    postBatch(fake, [run]);
    postSpans(fake, [span()]);
    fake.fault({ type: 'status', status: 500, times: Infinity });

    fake.reset();

    expect([requests, ingestionEvents, otlpSpans, fake.traces()]).toEqual([[], [], [], []]);
    expect(rowsOf(get(fake, 'traces'))).toEqual([]);
    expect(answerOf(postBatch(fake, [step])).status).toBe(207);
    expect(ingestionEvents).toEqual([step]);
  });
});
