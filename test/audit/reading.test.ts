import { describe, expect, it, onTestFinished } from 'vitest';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import type { Clock } from '../../src/index.ts';
import { postBatch, postSpans, span, startedAtMs } from '../mocks/fake-requests.ts';
import { auditReport } from './audit-run.ts';
import { type AuditBench, openBench } from './bench.ts';

/** A clock on which every pause is over at once; it notes how long it would have been. */
interface PatientClock extends Clock {
  readonly pauses: readonly number[];
}

function createPatientClock(): PatientClock {
  const pauses: number[] = [];
  let time = startedAtMs + 3 * 3_600_000;
  return {
    pauses,
    now: () => time,
    schedule(callback, delayMs) {
      pauses.push(delayMs);
      time += delayMs;
      setImmediate(callback);
      return { cancel: () => {} };
    },
  };
}

const attributes = {
  'session.id': 'S',
  'langfuse.observation.input': 'i',
  'langfuse.observation.output': 'o',
};

// Many of them start together, where a cursor is easily wrong.
function writeSpans({ mock }: AuditBench, amount: number, name = 'agent'): void {
  const hex = (index: number): string => (index + 1).toString(16).padStart(16, '0');
  const spans = Array.from({ length: amount }, (_, index) => {
    const start = startedAtMs + Math.floor(index / 7) * 1_000;
    return span(
      {
        traceId: `${hex(index)}${hex(index)}`,
        spanId: hex(index),
        startTimeUnixNano: `${start}000000`,
        endTimeUnixNano: `${start + 10}000000`,
      },
      { ...attributes, 'langfuse.trace.name': name },
    );
  });
  postSpans(mock.fake, spans);
}

function writeTraces({ mock }: AuditBench, amount: number): void {
  const batch = Array.from({ length: amount }, (_, index) => {
    const timestamp = new Date(startedAtMs + Math.floor(index / 7) * 1_000).toISOString();
    const id = `trace-${index}`;
    const body = { id, timestamp, name: 'run', input: 'i', output: 'o', sessionId: 'S' };
    return { id: `event-${index}`, type: 'trace-create', timestamp, body };
  });
  postBatch(mock.fake, batch);
}

function readsOf(bench: AuditBench, path: string): readonly string[] {
  return bench.asked().filter((asked) => asked.startsWith(`/api/public/${path}?`));
}

describe('pages of the v2 API', () => {
  it.each([
    [999, 5],
    [1_000, 5],
    [1_001, 6],
    [2_000, 6],
    [2_001, 7],
  ])('of %d roots take %d requests, and every root counts once', async (amount, requests) => {
    using bench = openBench({ writeMode: 'events_only' });
    writeSpans(bench, amount);
    await bench.later();

    const { total } = await bench.report();

    expect(total).toMatchObject({ due: amount, complete: amount });
    expect(readsOf(bench, 'v2/observations')).toHaveLength(requests);
  });

  it('may be larger than the megabyte that answers to writes are cut at', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    writeSpans(bench, 1_000, 'x'.repeat(1_000));
    await bench.later();
    bench.mock.close();
    // Over a socket, because answers of MSW come in one piece.
    const server = await serveFakeLangfuse(bench.mock.fake);
    onTestFinished(() => server.close());
    const env = { ...bench.mock.env, LANGFUSE_BASE_URL: server.url };

    const { total } = await auditReport({ env, now: bench.clock.now() });

    expect(total).toMatchObject({ due: 1_000 });
  });
});

describe('Langfuse Cloud', () => {
  it('is read by the v2 API without questions about its write mode, because these are rationed', async () => {
    using bench = openBench({ baseUrl: 'https://cloud.langfuse.com' });
    writeSpans(bench, 3);
    await bench.later();

    const { project, total } = await bench.report();

    expect(project).toEqual({
      baseUrl: 'https://cloud.langfuse.com',
      name: 'LocalProject',
      model: 'v2-observations',
    });
    expect(total.due).toBe(3);
    const paths = bench.asked().map((path) => path.split('?')[0]);
    expect(new Set(paths.slice(1))).toEqual(
      new Set(['/api/public/projects', '/api/public/v2/observations']),
    );
  });
});

describe('pages of the v1 API', () => {
  it.each([
    [99, 1],
    [100, 1],
    [101, 2],
    [200, 2],
    [201, 3],
  ])('of %d traces take %d requests, and every trace counts once', async (amount, requests) => {
    using bench = openBench({ version: '3.160.0' });
    writeTraces(bench, amount);
    await bench.later();

    const { total } = await bench.report();

    expect(total).toMatchObject({ due: amount, complete: amount });
    expect(readsOf(bench, 'traces')).toHaveLength(requests);
  });
});

describe('a rate limit', () => {
  it('is waited out as long as the server says, and the same page is asked for again', async () => {
    const clock = createPatientClock();
    using bench = openBench({ writeMode: 'events_only' }, { clock, fetch: limited });
    writeSpans(bench, 1_500);

    const { output, errors, exitCode } = await bench.run('--json');

    expect(JSON.parse(output)).toMatchObject({ total: { due: 1_500 } });
    expect(exitCode).toBe(0);
    expect(clock.pauses).toEqual([42_000, 7_000]);
    expect(errors).toBe(
      'waiting 42 s (rate limit)\nwaiting 7 s (rate limit): pause 2, 49 s in all\n',
    );
    const [first, second] = refusedPaths;
    expect(first).toBe(second);
    expect(first).toContain('cursor=');
    expect(readsOf(bench, 'v2/observations').filter((path) => path.includes('cursor='))).toEqual([
      first,
    ]);

    async function limited(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
      const path = decodeURIComponent(String(input)).slice(bench.mock.baseUrl.length);
      const retryAfter = refusedPaths.length === 0 ? '42' : dateIn(7);
      if (!path.includes('cursor=') || refusedPaths.length === 2) {
        return globalThis.fetch(input, init);
      }
      refusedPaths.push(path);
      return Response.json({ message: 'Rate limit exceeded' }, tooMany(retryAfter));
    }

    function dateIn(seconds: number): string {
      return new Date(clock.now() + seconds * 1_000).toUTCString();
    }
  });

  const refusedPaths: string[] = [];

  it('without a time is waited out in longer and longer steps', async () => {
    const clock = createPatientClock();
    using bench = openBench({ writeMode: 'events_only' }, { clock });
    const response = { status: 429, headers: {}, body: '{"message":"slow down"}' };
    bench.mock.fake.fault({ type: 'answer', response, on: 'reads', times: 8 });

    const { exitCode } = await bench.run();

    expect(exitCode).toBe(0);
    expect(clock.pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000));
  });

  it('is waited out while the server is asked for its write mode', async () => {
    const clock = createPatientClock();
    let refused = 0;
    using bench = openBench({ writeMode: 'events_only' }, { clock, fetch: limited });
    writeSpans(bench, 3);

    const { total } = await bench.report();

    expect(total.due).toBe(3);
    expect(clock.pauses).toEqual([5_000]);

    function limited(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
      if (!String(input).endsWith('/health') || refused > 0) return globalThis.fetch(input, init);
      refused += 1;
      return Promise.resolve(Response.json({}, tooMany('5')));
    }
  });

  function tooMany(retryAfter: string): ResponseInit {
    return { status: 429, headers: { 'retry-after': retryAfter } };
  }
});

describe('a server that fails', () => {
  it.each([
    { type: 'status', status: 503 },
    { type: 'html', status: 502 },
    { type: 'reset', afterBytes: 20 },
  ] as const)('for a while ($type) is asked again', async (fault) => {
    const clock = createPatientClock();
    using bench = openBench({ writeMode: 'events_only' }, { clock });
    writeSpans(bench, 3);
    bench.mock.fake.fault({ ...fault, on: 'reads', times: 3 });

    const { output, exitCode } = await bench.run('--json');

    expect(JSON.parse(output)).toMatchObject({ total: { due: 3 } });
    expect(exitCode).toBe(0);
    expect(clock.pauses).toEqual([1_000, 2_000, 4_000]);
  });

  it('for good ends the audit, without a report and with the reason', async () => {
    const clock = createPatientClock();
    using bench = openBench({}, { clock });
    bench.mock.fake.fault({ type: 'status', status: 503, on: 'reads', times: Infinity });

    const { output, errors, exitCode } = await bench.run();

    expect(output).toBe('');
    expect(exitCode).toBe(1);
    expect(errors).toMatch(
      /projects answered 503 \(.*\), each of 6 times that it was asked\. Try again later\.$/m,
    );
    expect(clock.pauses).toHaveLength(5);
  });

  it.each([
    [{ type: 'status', status: 401 }, /answered 401 \(.*\)\. Check LANGFUSE_SECRET_KEY/],
    [
      { type: 'status', status: 404 },
      /answered 404 \(a page with the title "404: This page [a-z ]+"\)\. Check that LANGFUSE_BASE_URL/,
    ],
    [
      { type: 'html', status: 200 },
      /answered 200 \(a page with the title "200 Error"\),.*not of a page or proxy before it/,
    ],
  ] as const)('with %o is not asked again', async (fault, message) => {
    const clock = createPatientClock();
    using bench = openBench({}, { clock });
    bench.mock.fake.fault({ ...fault, on: 'reads' });

    const { output, errors, exitCode } = await bench.run();

    expect([output, exitCode, clock.pauses]).toEqual(['', 1, []]);
    expect(errors).toMatch(message);
  });

  it('by answering something else than rows ends the audit', async () => {
    const response = { status: 200, headers: {}, body: '{"data":[{"id":1}],"meta":{}}' };
    using bench = openBench({ writeMode: 'events_only' }, { fetch: strange });

    const { errors, exitCode } = await bench.run();

    expect(exitCode).toBe(1);
    expect(errors).toContain('/api/public/v2/observations answered with something else');

    function strange(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
      return String(input).includes('/v2/observations')
        ? Promise.resolve(new Response(response.body))
        : globalThis.fetch(input, init);
    }
  });

  it('that does not tell its write mode is not guessed at', async () => {
    using bench = openBench({ writeMode: 'dual' }, { fetch: silent });

    const { errors, exitCode } = await bench.run();

    expect(exitCode).toBe(1);
    expect(errors).toContain('https://langfuse.test does not tell in which write mode it is');

    function silent(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
      return /\/(?:traces|metrics)\?/.test(String(input))
        ? Promise.resolve(new Response('{}', { status: 500 }))
        : globalThis.fetch(input, init);
    }
  });

  it('without keys is not asked at all', async () => {
    using bench = openBench({}, { env: {} });

    const { errors, exitCode } = await bench.run();

    expect(exitCode).toBe(1);
    expect(errors).toContain('LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY are not set');
    expect(bench.asked()).toEqual([]);
  });
});

describe('a trace without a parent', () => {
  it('is asked for its root at most 200 times, and beyond that only when it may be older', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    const lost = (index: number, afterMs: number): unknown => {
      const id = (index + 1).toString(16).padStart(16, '0');
      const start = startedAtMs + afterMs;
      return span(
        {
          traceId: `${id}${id}`,
          spanId: id,
          parentSpanId: 'feedfeedfeedfeed',
          startTimeUnixNano: `${start}000000`,
          endTimeUnixNano: `${start}000000`,
        },
        attributes,
      );
    };
    postSpans(bench.mock.fake, [
      ...Array.from({ length: 230 }, (_, index) => lost(index, 90 * 60_000)),
      ...Array.from({ length: 20 }, (_, index) => lost(1_000 + index, 1_000)),
    ]);
    await bench.later();

    const { total } = await bench.report('--from', '2026-11-23T12:00');

    expect(total).toMatchObject({ due: 250, orphans: 250 });
    const asked = readsOf(bench, 'v2/observations').filter((path) => path.includes('traceId='));
    expect(asked).toHaveLength(220);
  });

  it('is not asked for its root while it is young: it is running in any case', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, [span({ parentSpanId: 'feedfeedfeedfeed' }, attributes)]);
    await bench.clock.advance(59 * 60_000);

    const { total } = await bench.report();

    expect(total).toMatchObject({ due: 0, running: 1 });
    expect(bench.asked().filter((path) => path.includes('traceId='))).toEqual([]);
  });
});
