import type { DiagnosticCode } from '../../src/index.ts';
import type { Fault } from '../../mocks/faults.ts';
import { poisonName } from './bench.ts';

/** A way to fail, and what it may lead to. */
export interface FaultCase {
  readonly name: string;
  /** Made when it is needed: a date in it starts to count then. */
  readonly fault: () => Fault;
  /** Told once per episode; absent when nothing is wrong enough to tell. */
  readonly code?: DiagnosticCode;
  /** Whether the server may have stored a request whose answer was lost, so that spans of it come twice. */
  readonly repeats?: true;
  /** The poison steps are refused for good. */
  readonly rejects?: true;
  /** Only the legacy endpoint can fail in this way. */
  readonly only?: 'ingestion';
}

const always = { on: 'everything' } as const;

export const faultCases: readonly FaultCase[] = [
  {
    name: '401',
    fault: () => ({ ...always, type: 'status', status: 401, times: 3 }),
    code: 'unauthorized',
  },
  {
    name: '403',
    fault: () => ({ ...always, type: 'status', status: 403, times: 3 }),
    code: 'unauthorized',
  },
  {
    name: '404',
    fault: () => ({ ...always, type: 'status', status: 404, times: 3 }),
    code: 'unreachable',
  },
  // Reads are never too large.
  { name: '413', fault: () => ({ on: 'writes', type: 'status', status: 413, times: 1 }) },
  {
    name: '429, seconds',
    fault: () => ({ ...always, type: 'rate-limit', retryAfter: '0.1' }),
    code: 'server_error',
  },
  {
    name: '429, date',
    fault: () => ({
      ...always,
      type: 'rate-limit',
      retryAfter: new Date(Date.now() + 500).toUTCString(),
    }),
    code: 'server_error',
  },
  {
    name: '500',
    fault: () => ({ ...always, type: 'status', status: 500, times: 3 }),
    code: 'server_error',
  },
  {
    name: '502 HTML',
    fault: () => ({ ...always, type: 'html', status: 502, times: 3 }),
    code: 'server_error',
  },
  {
    name: '503',
    fault: () => ({ ...always, type: 'status', status: 503, times: 3 }),
    code: 'server_error',
  },
  {
    name: '200 HTML',
    fault: () => ({ ...always, type: 'html', status: 200, times: 3 }),
    code: 'server_error',
  },
  {
    name: '207, items 400',
    fault: () => ({
      on: 'ingestion',
      type: 'partial',
      times: Infinity,
      refuse: (item) => (isPoison(item) ? 400 : undefined),
    }),
    code: 'rejected',
    rejects: true,
    only: 'ingestion',
  },
  {
    name: '207, items 500',
    fault: () => ({
      on: 'ingestion',
      type: 'partial',
      times: 2,
      refuse: (_item, index) => (index % 3 === 0 ? 500 : undefined),
    }),
    code: 'server_error',
    only: 'ingestion',
  },
  { name: 'hang', fault: () => ({ ...always, type: 'hang' }), code: 'unreachable' },
  {
    name: 'reset',
    fault: () => ({ ...always, type: 'reset', times: 2 }),
    code: 'unreachable',
    repeats: true,
  },
  {
    name: 'reset in the body',
    fault: () => ({ ...always, type: 'reset', afterBytes: 1, times: 2 }),
    code: 'unreachable',
    repeats: true,
  },
  { name: 'slow', fault: () => ({ ...always, type: 'slow', delayMs: 60, times: 3 }) },
];

function isPoison(item: unknown): boolean {
  const { body } = item as { body: { name?: unknown } };
  return body.name === poisonName;
}
