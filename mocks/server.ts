import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { bytesBeforeReset, hasNoBody } from './carrier.ts';
import type { FakeReply, FakeRequest, FakeResponse } from './fake-exchange.ts';
import type { FakeLangfuse } from './fake-contract.ts';
import { type Exchange, readBody, refuseBody } from './request-body.ts';

/** Where to listen. */
export interface ServeOptions {
  /** Default 0, which takes a free port. */
  readonly port?: number;
  /** Default `127.0.0.1`: only this machine can reach it. */
  readonly host?: string;
}

/** A fake Langfuse that listens. */
export interface ServedFakeLangfuse {
  /** For `LANGFUSE_BASE_URL`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends open connections, hanging ones too; may be called twice. */
  close(): Promise<void>;
}

/** Somebody who is asked before the fake. */
export interface Front {
  /** True when it answers the request, now or later. */
  handle(exchange: Exchange): boolean;
}

/**
 * Serves the fake over plain HTTP, by default on loopback only. `hang`, `reset` and `slow` are real: the socket stays
 * silent, breaks, or waits. Bodies over 64 MB are refused with 413. Rejects when the port cannot be had.
 */
export async function serveFakeLangfuse(
  fake: FakeLangfuse,
  options: ServeOptions = {},
): Promise<ServedFakeLangfuse> {
  return serveBehind({ handle: () => false }, fake, options);
}

/** As `serveFakeLangfuse`, with somebody before the fake. */
export async function serveBehind(
  front: Front,
  fake: FakeLangfuse,
  options: ServeOptions = {},
): Promise<ServedFakeLangfuse> {
  const { port = 0, host = '127.0.0.1' } = options;
  const server = createServer((request, response) => {
    if (front.handle({ request, response })) return;
    serveRequest(fake, { request, response }).catch((error: unknown) => giveUp(error, response));
  });
  await listen(server, { port, host });

  const boundPort = boundPortOf(server, port);
  return {
    url: `http://${reachableHost(host)}:${boundPort}`,
    port: boundPort,
    close: () => close(server),
  };
}

async function serveRequest(fake: FakeLangfuse, { request, response }: Exchange): Promise<void> {
  const body = await readBody(request);
  switch (body.type) {
    case 'gone':
      return;
    case 'too-large':
      refuseBody({ request, response });
      return;
    case 'read':
      carryOut(fake.handle(toFakeRequest(request, body.bytes)), response);
      return;
    default:
      body satisfies never;
  }
}

// For example a header of an "answer" fault that HTTP does not allow; one bad answer must not end the server.
function giveUp(error: unknown, response: ServerResponse): void {
  if (!response.headersSent) {
    response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
  }
  response.end(`The fake Langfuse could not answer: ${String(error)}`);
}

function toFakeRequest(request: IncomingMessage, body: Uint8Array): FakeRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return {
    method: request.method ?? 'GET',
    path: toPath(request.url ?? '/'),
    headers: Object.fromEntries(headers),
    body,
  };
}

// A client that takes this for a proxy sends the whole address.
function toPath(target: string): string {
  if (!/^https?:/i.test(target) || !URL.canParse(target)) return target;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

function carryOut(reply: FakeReply, response: ServerResponse): void {
  switch (reply.type) {
    case 'response':
      answerLater(reply, response);
      return;
    case 'hang':
      return;
    case 'reset':
      breakOff(reply, response);
      return;
    default:
      reply satisfies never;
  }
}

function answerLater(
  reply: Extract<FakeReply, { type: 'response' }>,
  response: ServerResponse,
): void {
  if (reply.delayMs === 0) {
    answer(reply.response, response);
    return;
  }
  const timer = setTimeout(() => answer(reply.response, response), reply.delayMs);
  response.once('close', () => clearTimeout(timer));
}

function answer({ status, headers, body }: FakeResponse, response: ServerResponse): void {
  if (hasNoBody(status)) {
    response.writeHead(status, { ...headers }).end();
    return;
  }
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { ...headers, 'content-length': length }).end(body);
}

function breakOff(reply: Extract<FakeReply, { type: 'reset' }>, response: ServerResponse): void {
  const bytes = bytesBeforeReset(reply.response, reply.afterBytes);
  if (bytes.byteLength === 0) {
    response.socket?.resetAndDestroy();
    return;
  }
  const length = String(Buffer.byteLength(reply.response.body));
  response.writeHead(reply.response.status, {
    ...reply.response.headers,
    'content-length': length,
  });
  // A reset packet would make the client throw away what it has not read yet; a plain close lets the bytes arrive.
  response.write(bytes, () => response.socket?.destroy());
}

interface Address {
  readonly port: number;
  readonly host: string;
}

function listen(server: Server, { port, host }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, { port, host })));
    server.listen({ port, host }, resolve);
  });
}

function explain(error: Error, { port, host }: Address): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is already in use. Stop the program that holds it, or choose another port; 0 takes any free one.`,
      { cause: error },
    );
  }
  if (code === 'EACCES') {
    return new Error(
      `Port ${port} on ${host} is not allowed to this user. Choose a port from 1024 on.`,
      { cause: error },
    );
  }
  return new Error(`Cannot listen on port ${port} of ${host}: ${error.message}.`, { cause: error });
}

function boundPortOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : asked;
}

// "All interfaces" is an address to listen on, not one to call.
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // An error here only says that it was closed before.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
