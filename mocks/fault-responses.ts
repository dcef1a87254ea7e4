import type { FakeResponse, RequestTarget } from './fake-exchange.ts';

const jsonType = 'application/json; charset=utf-8';

const wrongKeys = "Invalid credentials. Confirm that you've configured the correct host.";
const noAccess = 'Access denied - insufficient permissions for this endpoint';
const suspended = 'Ingestion suspended: Usage threshold exceeded. Please upgrade your plan.';

// What a hobby project may send in a minute (RateLimitService.ts of langfuse/langfuse).
const writesPerMinute = 1000;

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Authorization Required',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

type FaultStatus = 401 | 403 | 404 | 413 | 500 | 502 | 503 | 504;

/**
 * The status with the body that the endpoint gives it: 401, 403, 404, 413 and 500 as Langfuse writes them (4.16; 403 on
 * writes and 500 by its source, the others recorded), 502 to 504 as JSON of an API gateway.
 */
export function serverError(status: FaultStatus, target: RequestTarget): FakeResponse {
  switch (status) {
    case 401:
      return namedError(401, { name: 'UnauthorizedError', message: wrongKeys, target });
    case 403:
      return forbidden(target);
    case 404:
      return htmlPage(404, notFoundPage);
    case 413:
      // The real server sends no content type with this one.
      return { status: 413, headers: {}, body: 'Body exceeded 4.5mb limit' };
    case 500:
      return internalError(target);
    case 502:
    case 503:
    case 504:
      return json(status, { message: reasonOf(status) });
    default:
      return status satisfies never;
  }
}

/** 429 as on Langfuse Cloud; a self-hosted server never sends one. `retryAfter`: seconds, or the header as text. */
export function rateLimited(retryAfter: number | string, nowMs: number): FakeResponse {
  const waitMs = typeof retryAfter === 'number' ? retryAfter * 1000 : waitUntil(retryAfter, nowMs);
  const resetAt = new Date(Math.min(nowMs + waitMs, latestDateMs));
  const body = {
    message: 'Rate limit exceeded',
    code: 'rate_limited',
    details: {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
      limit: writesPerMinute,
      remaining: 0,
      resetAt: resetAt.toISOString(),
    },
  };
  const headers = {
    'retry-after': typeof retryAfter === 'number' ? String(Math.ceil(retryAfter)) : retryAfter,
    'x-ratelimit-limit': String(writesPerMinute),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': resetAt.toString(),
  };
  return {
    status: 429,
    headers: { 'content-type': jsonType, ...headers },
    body: JSON.stringify(body),
  };
}

/** The error page of a proxy in front of the server, in the manner of nginx. */
export function htmlErrorPage(status: number): FakeResponse {
  const title = `${status} ${reasonOf(status)}`;
  const lines = [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '<hr><center>nginx</center>',
    '</body>',
    '</html>',
    '',
  ];
  return { status, headers: { 'content-type': 'text/html' }, body: lines.join('\r\n') };
}

const latestDateMs = 8_640_000_000_000_000;

const notFoundPage =
  '<!DOCTYPE html><html lang="en"><head><title>404: This page could not be found</title></head><body><h1>404</h1><h2>This page could not be found.</h2></body></html>';

function forbidden(target: RequestTarget): FakeResponse {
  return target === 'reads'
    ? json(403, { message: noAccess })
    : json(403, { error: 'ForbiddenError', message: suspended });
}

interface NamedError {
  readonly name: string;
  readonly message: string;
  readonly target: RequestTarget;
}

function namedError(status: number, { name, message, target }: NamedError): FakeResponse {
  return json(status, target === 'ingestion' ? { error: name, message } : { message });
}

function internalError(target: RequestTarget): FakeResponse {
  const cause = 'An unknown error occurred';
  return target === 'ingestion'
    ? json(500, { message: 'Invalid request data', errors: [cause] })
    : json(500, { message: 'Internal Server Error', error: cause });
}

// Text that is no date (a proxy may send anything) counts as "now".
function waitUntil(retryAfter: string, nowMs: number): number {
  const seconds = Number(retryAfter);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 0 : Math.max(0, date - nowMs);
}

function reasonOf(status: number): string {
  return reasons[status] ?? 'Error';
}

function json(status: number, body: unknown): FakeResponse {
  return { status, headers: { 'content-type': jsonType }, body: JSON.stringify(body) };
}

function htmlPage(status: number, body: string): FakeResponse {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}
