import { http, type HttpHandler } from 'msw';

import { bytesBeforeReset, hasNoBody } from './carrier.ts';
import type { FakeReply, FakeRequest, FakeResponse } from './fake-exchange.ts';
import type { FakeLangfuse } from './fake-contract.ts';

/** Where the fake answers. */
export interface LangfuseHandlersOptions {
  /**
   * Origin, and base path if there is one, of the Langfuse that the fake stands for; a list for several. Default: the
   * regions of Langfuse Cloud, and what `LANGFUSE_BASE_URL`, `LANGFUSE_BASEURL` and `LANGFUSE_HOST` name when this is called.
   */
  readonly baseUrl?: string | readonly string[];
}

/**
 * MSW handlers (2.14 or 3, Node.js or browser) that answer every request below the base URLs as the fake does, unknown
 * paths included. A `hang` lasts until the client aborts; a `reset` is a network error, or a body that breaks off. MSW in
 * Node.js misses clients that import `node:http` by name unless `syncBuiltinESMExports()` follows `listen()` and `close()`.
 *
 * @example
 * const server = setupServer(...langfuseHandlers(createFakeLangfuse()), ...yourOwnHandlers);
 */
export function langfuseHandlers(
  fake: FakeLangfuse,
  options: LangfuseHandlersOptions = {},
): HttpHandler[] {
  const bases = toList(options.baseUrl ?? defaultBaseUrls()).map(parseBase);
  return bases.map((base) =>
    http.all(base.pattern, async ({ request }) => {
      const reply = fake.handle(await toFakeRequest(request, base.path));
      return carryOut(reply, request);
    }),
  );
}

const cloudRegions: readonly string[] = [
  'https://cloud.langfuse.com',
  'https://us.cloud.langfuse.com',
  'https://jp.cloud.langfuse.com',
  'https://hipaa.cloud.langfuse.com',
];

function defaultBaseUrls(): readonly string[] {
  // Browsers have no process.
  const environment = globalThis.process?.env ?? {};
  const named = ['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'].map(
    (name) => environment[name] ?? '',
  );
  return [...new Set([...named.filter((baseUrl) => baseUrl !== ''), ...cloudRegions])];
}

function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

interface Base {
  /** Everything below the base; matched without the query. */
  readonly pattern: RegExp;
  /** What stands before `/api/public`, without a trailing slash. */
  readonly path: string;
}

function parseBase(baseUrl: string): Base {
  if (!URL.canParse(baseUrl) || !/^https?:/i.test(baseUrl)) {
    throw new TypeError(
      `baseUrl: expected an http(s) address such as https://cloud.langfuse.com; got ${JSON.stringify(baseUrl)}.`,
    );
  }
  const { origin, pathname } = new URL(baseUrl);
  const path = pathname.replace(/(?<!\/)\/+$/, '');
  const literal = `${origin}${path}`.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return { pattern: new RegExp(`^${literal}(?=/|$)`), path };
}

async function toFakeRequest(request: Request, basePath: string): Promise<FakeRequest> {
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    path: (pathname.slice(basePath.length) || '/') + search,
    headers: Object.fromEntries(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
  };
}

async function carryOut(reply: FakeReply, request: Request): Promise<Response> {
  switch (reply.type) {
    case 'response':
      if (reply.delayMs > 0) await wait(reply.delayMs, request.signal);
      return toResponse(reply.response, request.method);
    case 'hang':
      await untilAborted(request.signal);
      return Response.error();
    case 'reset':
      return brokenResponse(reply);
    default:
      return reply satisfies never;
  }
}

function toResponse({ status, headers, body }: FakeResponse, method: string): Response {
  // Bytes, because a Response makes up a content type for text and some answers have none.
  const content = method === 'HEAD' || hasNoBody(status) ? null : new TextEncoder().encode(body);
  return new Response(content, { status, headers: { ...headers } });
}

function brokenResponse(reply: Extract<FakeReply, { type: 'reset' }>): Response {
  const bytes = bytesBeforeReset(reply.response, reply.afterBytes);
  if (bytes.byteLength === 0) return Response.error();

  const { status, headers, body } = reply.response;
  // Without a length, a client would take the broken body for a whole one.
  const length = String(new TextEncoder().encode(body).byteLength);
  return new Response(brokenStream(bytes), {
    status,
    headers: { ...headers, 'content-length': length },
  });
}

// Errors on the second pull: an error in the same turn would discard the bytes that are queued.
function brokenStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const chunks = [bytes];
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks.shift();
        if (chunk === undefined) controller.error(new TypeError('terminated'));
        else controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    onAbort(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function onAbort(signal: AbortSignal, listener: () => void): void {
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
}
