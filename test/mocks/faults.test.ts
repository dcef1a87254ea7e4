import { describe, expect, it } from 'vitest';

import type { FakeResponse } from '../../mocks/fake-langfuse.ts';
import type { RequestTarget } from '../../mocks/fake-exchange.ts';
import { createFaultQueue, toReply, type Fault } from '../../mocks/faults.ts';

const ok: FakeResponse = { status: 207, headers: {}, body: '{"successes":[]}' };
const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);

function replyTo(fault: Fault, target: RequestTarget = 'ingestion'): ReturnType<typeof toReply> {
  const queue = createFaultQueue(() => nowMs);
  queue.add({ on: 'everything', ...fault });
  const taken = queue.take(target);
  if (taken === undefined) throw new Error('The fault was not taken.');
  return toReply(taken, () => ok);
}

function responseTo(fault: Fault, target?: RequestTarget): FakeResponse {
  const reply = replyTo(fault, target);
  if (reply.type !== 'response') throw new Error(`Expected a response, got ${reply.type}.`);
  return reply.response;
}

describe('the fault queue', () => {
  it('applies a fault once by default', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'hang' });

    const taken = [queue.take('ingestion'), queue.take('ingestion')].map((fault) => fault?.type);

    expect(taken).toEqual(['hang', undefined]);
  });

  it('counts down over both write endpoints', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'status', status: 503, times: 3 });

    const taken = (['otlp', 'ingestion', 'otlp', 'ingestion'] as const).map(
      (target) => queue.take(target)?.type,
    );

    expect(taken).toEqual(['status', 'status', 'status', undefined]);
  });

  it('never ends an outage by itself, only by clear', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'reset', times: Infinity });

    const during = Array.from({ length: 1000 }, () => queue.take('otlp')).filter(Boolean).length;
    queue.clear();

    expect(during).toBe(1000);
    expect(queue.take('otlp')).toBeUndefined();
  });

  it.each([
    { on: undefined, hits: ['ingestion', 'otlp'] },
    { on: 'writes', hits: ['ingestion', 'otlp'] },
    { on: 'ingestion', hits: ['ingestion'] },
    { on: 'otlp', hits: ['otlp'] },
    { on: 'reads', hits: ['reads'] },
    { on: 'everything', hits: ['ingestion', 'otlp', 'reads'] },
  ] as const)('hits $hits when the scope is $on', ({ on, hits }) => {
    const queue = createFaultQueue();
    queue.add({ type: 'hang', times: Infinity, ...(on === undefined ? {} : { on }) });

    const targets: readonly RequestTarget[] = ['ingestion', 'otlp', 'reads'];
    const hit = targets.filter((target) => queue.take(target) !== undefined);

    expect(hit).toEqual(hits);
  });

  it('serves the oldest fault that matches and keeps the others waiting', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'hang', on: 'reads' });
    queue.add({ type: 'slow', delayMs: 5 });
    queue.add({ type: 'html', status: 502 });

    const order = [queue.take('otlp'), queue.take('otlp'), queue.take('reads')];

    expect(order.map((fault) => fault?.type)).toEqual(['slow', 'html', 'hang']);
  });

  it('keeps a partial fault for the endpoint that answers item by item', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'partial', refuse: () => 400, on: 'everything' });

    const taken = [queue.take('otlp'), queue.take('reads'), queue.take('ingestion')];

    expect(taken.map((fault) => fault?.type)).toEqual([undefined, undefined, 'partial']);
  });

  it('applies a fault of zero times to nothing', () => {
    const queue = createFaultQueue();
    queue.add({ type: 'hang', times: 0 });

    expect(queue.take('ingestion')).toBeUndefined();
  });
});

function bad(fault: unknown): () => void {
  const queue = createFaultQueue();
  // @ts-expect-error -- as a caller without types hands it in
  return () => queue.add(fault);
}

describe('a fault that could never work', () => {
  it('is refused with what was expected and what came', () => {
    expect(bad({ type: 'explode' })).toThrowErrorMatchingInlineSnapshot(
      `[TypeError: Fault type: expected one of status, rate-limit, html, partial, hang, reset, slow, answer; got "explode".]`,
    );
    expect(bad({ type: 'hang', times: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "times": expected a whole number from 0 on, or Infinity; got -1.]`,
    );
    expect(bad({ type: 'hang', times: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "times": expected a whole number from 0 on, or Infinity; got 1.5.]`,
    );
    expect(bad({ type: 'hang', times: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "times": expected a whole number from 0 on, or Infinity; got NaN.]`,
    );
    expect(bad({ type: 'hang', on: 'weekends' })).toThrowErrorMatchingInlineSnapshot(
      `[TypeError: Fault "on": expected one of ingestion, otlp, writes, reads, everything; got "weekends".]`,
    );
    expect(bad({ type: 'status', status: 418 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "status": expected one of 401, 403, 404, 413, 500, 502, 503, 504 (use type "answer" for any other answer); got 418.]`,
    );
    expect(bad({ type: 'rate-limit', retryAfter: -3 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "retryAfter": expected seconds from 0 on, or the text of the header, for example an HTTP date; got -3.]`,
    );
    expect(bad({ type: 'rate-limit', retryAfter: 'a\r\nb' })).toThrow(/expected seconds/);
    expect(bad({ type: 'html', status: 42 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "status": expected a whole number from 200 to 599; got 42.]`,
    );
    expect(bad({ type: 'slow', delayMs: Infinity })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "delayMs": expected milliseconds from 0 to 2147483647; got Infinity.]`,
    );
    expect(bad({ type: 'reset', afterBytes: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "afterBytes": expected a whole number of body bytes from 0 on; got -1.]`,
    );
    expect(bad({ type: 'partial', refuse: 400 })).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "refuse": expected a function from item and index to 400, 500 or undefined; got 400.]`,
    );
    expect(
      bad({ type: 'partial', refuse: () => 400, on: 'otlp' }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[TypeError: Fault "partial" on "otlp": only the legacy ingestion endpoint answers item by item; use "on": "ingestion".]`,
    );
    expect(
      bad({ type: 'answer', response: { ...ok, status: 0 } }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: Fault "response.status": expected a whole number from 200 to 599; got 0.]`,
    );
  });
});

describe('the answer of a failing server', () => {
  it('names the 401 error on ingestion and gives only a message elsewhere, as recorded', () => {
    const message = "Invalid credentials. Confirm that you've configured the correct host.";

    const answers = (['ingestion', 'otlp', 'reads'] as const).map((target) =>
      responseTo({ type: 'status', status: 401 }, target),
    );

    expect(answers.map(({ body }) => JSON.parse(body))).toEqual([
      { error: 'UnauthorizedError', message },
      { message },
      { message },
    ]);
  });

  it('gives 413 as plain text without a content type, as recorded', () => {
    const answer = responseTo({ type: 'status', status: 413 });

    expect(answer).toEqual({ status: 413, headers: {}, body: 'Body exceeded 4.5mb limit' });
  });

  it('gives 404 as a page, because that is what a wrong address answers', () => {
    const answer = responseTo({ type: 'status', status: 404 });

    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toMatch(/^<!DOCTYPE html>/);
  });

  it.each([403, 500, 502, 503, 504] as const)('gives %i as JSON with a message', (status) => {
    const answers = (['ingestion', 'otlp', 'reads'] as const).map((target) =>
      responseTo({ type: 'status', status }, target),
    );

    expect(answers.map((answer) => answer.status)).toEqual([status, status, status]);
    expect(answers.map(({ body }) => typeof JSON.parse(body).message)).toEqual([
      'string',
      'string',
      'string',
    ]);
  });

  it('gives a 502 page in the manner of nginx', () => {
    const answer = responseTo({ type: 'html', status: 502 });

    expect(answer.headers).toEqual({ 'content-type': 'text/html' });
    expect(answer.body).toContain('<h1>502 Bad Gateway</h1>');
    expect(answer.body).toContain('<center>nginx</center>');
  });

  it('answers 429 as Langfuse Cloud does', () => {
    const answer = responseTo({ type: 'rate-limit', retryAfter: 30 });

    expect(answer.status).toBe(429);
    expect(JSON.parse(answer.body)).toEqual({
      message: 'Rate limit exceeded',
      code: 'rate_limited',
      details: {
        retryAfterSeconds: 30,
        limit: 1000,
        remaining: 0,
        resetAt: '2026-11-23T12:00:30.000Z',
      },
    });
    expect(answer.headers).toMatchObject({
      'retry-after': '30',
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': new Date(nowMs + 30_000).toString(),
    });
  });

  it('lets Retry-After be an HTTP date', () => {
    const date = new Date(nowMs + 90_000).toUTCString();

    const answer = responseTo({ type: 'rate-limit', retryAfter: date });

    expect(answer.headers['retry-after']).toBe(date);
    expect(JSON.parse(answer.body).details.retryAfterSeconds).toBe(90);
  });

  it.each(['soon', 'Thu, 01 Jan 1970 00:00:00 GMT'])('takes Retry-After %s for now', (text) => {
    const answer = responseTo({ type: 'rate-limit', retryAfter: text });

    expect(answer.headers['retry-after']).toBe(text);
    expect(JSON.parse(answer.body).details.retryAfterSeconds).toBe(0);
  });

  it('survives a Retry-After beyond the last date', () => {
    const answer = responseTo({ type: 'rate-limit', retryAfter: 1e15 });

    expect(JSON.parse(answer.body).details.resetAt).toBe('+275760-09-13T00:00:00.000Z');
  });

  it('gives any other answer as it was handed in', () => {
    const response = { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Sign in' };

    expect(responseTo({ type: 'answer', response })).toBe(response);
  });
});

describe('what the server did before it failed', () => {
  it.each([
    { fault: { type: 'slow', delayMs: 5 }, calls: 1 },
    { fault: { type: 'reset' }, calls: 1 },
    { fault: { type: 'partial', refuse: () => undefined }, calls: 1 },
    { fault: { type: 'hang' }, calls: 0 },
    { fault: { type: 'status', status: 500 }, calls: 0 },
    { fault: { type: 'rate-limit', retryAfter: 1 }, calls: 0 },
    { fault: { type: 'html', status: 502 }, calls: 0 },
    { fault: { type: 'answer', response: ok }, calls: 0 },
  ] satisfies { fault: Fault; calls: number }[])(
    '$fault.type takes the request $calls time(s)',
    ({ fault, calls }) => {
      let answered = 0;

      toReply(fault, () => {
        answered += 1;
        return ok;
      });

      expect(answered).toBe(calls);
    },
  );

  it('carries the delay of slow and the bytes of reset', () => {
    expect(replyTo({ type: 'slow', delayMs: 40 })).toEqual({
      type: 'response',
      response: ok,
      delayMs: 40,
    });
    expect(replyTo({ type: 'reset', afterBytes: 7 })).toEqual({
      type: 'reset',
      afterBytes: 7,
      response: ok,
    });
    expect(replyTo({ type: 'reset' })).toMatchObject({ afterBytes: 0 });
  });
});
