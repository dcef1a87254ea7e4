import type { FakeReply, FakeResponse, RequestTarget } from './fake-exchange.ts';
import { htmlErrorPage, rateLimited, serverError } from './fault-responses.ts';

/** Which requests a fault applies to. */
export interface FaultScope {
  /** How many matching requests it applies to; default 1, `Infinity` for an outage. */
  readonly times?: number;
  /** Default `writes`: both ingestion endpoints. */
  readonly on?: 'ingestion' | 'otlp' | 'writes' | 'reads' | 'everything';
}

/**
 * A way in which a Langfuse, or something between, fails. After `slow`, `reset` and `partial` the server did take the
 * request (what `partial` refused apart); after all others it stored nothing.
 */
export type Fault = FaultScope &
  (
    | { readonly type: 'status'; readonly status: 401 | 403 | 404 | 413 | 500 | 502 | 503 | 504 }
    | { readonly type: 'rate-limit'; readonly retryAfter: number | string }
    | { readonly type: 'html'; readonly status: number }
    | {
        readonly type: 'partial';
        readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined;
      }
    | { readonly type: 'hang' }
    | { readonly type: 'reset'; readonly afterBytes?: number }
    | { readonly type: 'slow'; readonly delayMs: number }
    | { readonly type: 'answer'; readonly response: FakeResponse }
  );

/** A fault together with the request it was taken for: the same failure has another body per endpoint. */
export type TakenFault = Fault & { readonly target?: RequestTarget; readonly takenAtMs?: number };

/** Faults that wait for their requests; the oldest one that matches goes first. */
export interface FaultQueue {
  /** Throws a TypeError or RangeError on a fault that could never work. */
  add(fault: Fault): void;
  /** The fault for this request, or undefined; counts `times` down. */
  take(target: RequestTarget): TakenFault | undefined;
  clear(): void;
}

/** A queue without faults; `now` (milliseconds since the epoch) dates the rate-limit answers. */
export function createFaultQueue(now: () => number = Date.now): FaultQueue {
  let waiting: { readonly fault: Fault; readonly left: number }[] = [];

  return {
    add(fault) {
      assertFault(fault);
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(target) {
      const index = waiting.findIndex(({ fault, left }) => left > 0 && appliesTo(fault, target));
      const entry = waiting[index];
      if (entry === undefined) return undefined;

      waiting[index] = { ...entry, left: entry.left - 1 };
      waiting = waiting.filter(({ left }) => left > 0);
      return { ...entry.fault, target, takenAtMs: now() };
    },
    clear() {
      waiting = [];
    },
  };
}

/**
 * What the carrier has to do for this fault. `answer` processes the request as usual; it is called only where the server
 * took the request. A `partial` fault is the core's to apply: here it is the plain answer.
 */
export function toReply(fault: TakenFault, answer: () => FakeResponse): FakeReply {
  const target = fault.target ?? 'reads';
  switch (fault.type) {
    case 'status':
      return at(serverError(fault.status, target));
    case 'rate-limit':
      return at(rateLimited(fault.retryAfter, fault.takenAtMs ?? Date.now()));
    case 'html':
      return at(htmlErrorPage(fault.status));
    case 'partial':
      return at(answer());
    case 'hang':
      return { type: 'hang' };
    case 'reset':
      return { type: 'reset', afterBytes: fault.afterBytes ?? 0, response: answer() };
    case 'slow':
      return { type: 'response', response: answer(), delayMs: fault.delayMs };
    case 'answer':
      return at(fault.response);
    default:
      return fault satisfies never;
  }
}

function at(response: FakeResponse): FakeReply {
  return { type: 'response', response, delayMs: 0 };
}

function appliesTo(fault: Fault, target: RequestTarget): boolean {
  // Only the legacy endpoint answers item by item; an OTLP export is taken or refused as a whole.
  if (fault.type === 'partial' && target !== 'ingestion') return false;

  const on = fault.on ?? 'writes';
  switch (on) {
    case 'everything':
      return true;
    case 'writes':
      return target !== 'reads';
    case 'ingestion':
    case 'otlp':
    case 'reads':
      return on === target;
    default:
      return on satisfies never;
  }
}

const faultTypes: readonly string[] = [
  'status',
  'rate-limit',
  'html',
  'partial',
  'hang',
  'reset',
  'slow',
  'answer',
] satisfies readonly Fault['type'][];

const scopes: readonly string[] = [
  'ingestion',
  'otlp',
  'writes',
  'reads',
  'everything',
] satisfies readonly FaultScope['on'][];

const statuses: readonly number[] = [401, 403, 404, 413, 500, 502, 503, 504];

// Timers of Node.js fire at once beyond this.
const longestTimerMs = 2_147_483_647;

function assertFault(fault: Fault): void {
  if (!faultTypes.includes(fault.type)) {
    throw new TypeError(
      `Fault type: expected one of ${faultTypes.join(', ')}; got ${show(fault.type)}.`,
    );
  }
  if (fault.on !== undefined && !scopes.includes(fault.on)) {
    throw new TypeError(`Fault "on": expected one of ${scopes.join(', ')}; got ${show(fault.on)}.`);
  }
  const times = fault.times ?? 1;
  if (times !== Infinity && !isCount(times)) {
    throw new RangeError(
      `Fault "times": expected a whole number from 0 on, or Infinity; got ${show(fault.times)}.`,
    );
  }
  assertDetails(fault);
}

function assertDetails(fault: Fault): void {
  switch (fault.type) {
    case 'status':
      return expect(statuses.includes(fault.status), {
        what: 'Fault "status"',
        expected: `one of ${statuses.join(', ')} (use type "answer" for any other answer)`,
        got: fault.status,
      });
    case 'rate-limit':
      return expect(isRetryAfter(fault.retryAfter), {
        what: 'Fault "retryAfter"',
        expected: 'seconds from 0 on, or the text of the header, for example an HTTP date',
        got: fault.retryAfter,
      });
    case 'html':
      return expectStatus('Fault "status"', fault.status);
    case 'partial':
      if (fault.on === 'otlp' || fault.on === 'reads') {
        throw new TypeError(
          `Fault "partial" on "${fault.on}": only the legacy ingestion endpoint answers item by item; use "on": "ingestion".`,
        );
      }
      return expect(typeof fault.refuse === 'function', {
        what: 'Fault "refuse"',
        expected: 'a function from item and index to 400, 500 or undefined',
        got: fault.refuse,
      });
    case 'hang':
      return undefined;
    case 'reset':
      return expect(isCount(fault.afterBytes ?? 0), {
        what: 'Fault "afterBytes"',
        expected: 'a whole number of body bytes from 0 on',
        got: fault.afterBytes,
      });
    case 'slow':
      return expect(fault.delayMs >= 0 && fault.delayMs <= longestTimerMs, {
        what: 'Fault "delayMs"',
        expected: `milliseconds from 0 to ${longestTimerMs}`,
        got: fault.delayMs,
      });
    case 'answer':
      return expectStatus('Fault "response.status"', fault.response.status);
    default:
      return fault satisfies never;
  }
}

interface Expectation {
  readonly what: string;
  readonly expected: string;
  readonly got: unknown;
}

function expect(isMet: unknown, { what, expected, got }: Expectation): void {
  if (isMet !== true) throw new RangeError(`${what}: expected ${expected}; got ${show(got)}.`);
}

function expectStatus(what: string, status: number): void {
  expect(Number.isInteger(status) && status >= 200 && status <= 599, {
    what,
    expected: 'a whole number from 200 to 599',
    got: status,
  });
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRetryAfter(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0;
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
