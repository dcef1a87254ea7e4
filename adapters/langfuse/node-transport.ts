import type * as Http from 'node:http';
import { setImmediate } from 'node:timers';

import { readBody } from './read-body.ts';
import type { Content, Transport, TransportRequest } from './transport.ts';

type HttpModule = Pick<typeof Http, 'Agent' | 'request'>;

/** What connections to one kind of address are made with. */
interface Client {
  readonly http: HttpModule;
  readonly agent: Http.Agent;
}

// Before the five seconds after which many servers close a connection that is idle.
const idleTimeoutMs = 4_000;

/**
 * A transport over `node:http` and `node:https`, loaded at the first request, with connections that are kept and do not
 * keep the process alive. Answers that lead elsewhere are left to `fallback`.
 */
export function createNodeTransport(fallback: Transport): Transport {
  const clients = new Map<string, Client>();

  function clientFor(url: string): Client {
    const name = url.startsWith('https:') ? 'node:https' : 'node:http';
    const known = clients.get(name);
    if (known !== undefined) return known;
    // Not imported: an import loads the module while the program starts, and with it all of `fetch`.
    const http: HttpModule = process.getBuiltinModule(name);
    const made = { http, agent: new http.Agent({ keepAlive: true, timeout: idleTimeoutMs }) };
    clients.set(name, made);
    return made;
  }

  return async (request) => {
    try {
      const { sent, response } = await open(request, clientFor(request.url));
      const { statusCode: status = 0, headers } = response;
      if (status >= 300 && status < 400 && headers.location !== undefined) {
        response.destroy();
        return await fallback(request);
      }
      const text = await readBody(decoded(response), request.bodyLimitBytes);
      // Answered before it was read: the rest of the body is not sent.
      if (!sent.writableFinished) sent.destroy();
      return { status, headers: { get: (name) => headers[name]?.toString() ?? null }, text };
    } catch (error) {
      // Node says "aborted" and keeps the reason to itself.
      throw request.signal.aborted ? request.signal.reason : error;
    }
  };
}

/** A request whose answer has begun. */
interface Answered {
  readonly sent: Http.ClientRequest;
  readonly response: Http.IncomingMessage;
}

/** Sends the request; resolves when the head of the answer has come. */
function open(request: TransportRequest, { http, agent }: Client): Promise<Answered> {
  const { url, method, body, signal } = request;
  const pieces = toPieces(body);
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const headers = {
    'accept-encoding': 'gzip',
    ...(body !== undefined && { 'content-length': length }),
    ...request.headers,
  };
  return new Promise((resolve, reject) => {
    const begin = (connections: Http.Agent | false): void => {
      const sent = http.request(url, { method, headers, signal, agent: connections });
      let isAnswered = false;
      sent.once('response', (response) => {
        isAnswered = true;
        resolve({ sent, response });
      });
      // Stays for the time after the answer, when an error has nobody else to hear it.
      sent.on('error', (error) => {
        if (isAnswered || signal.aborted || !isStaleConnection(sent, error)) reject(error);
        else begin(false);
      });
      write(sent, pieces);
    };
    begin(agent);
  });
}

// About a third of a millisecond for the kernel to copy.
const pieceBytes = 512 * 1024;

function toPieces(body: Content = []): readonly Uint8Array[] {
  if (typeof body === 'string') return [Buffer.from(body)];
  return body.flatMap((bytes) =>
    Array.from({ length: Math.ceil(bytes.byteLength / pieceBytes) }, (_none, index) =>
      bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    ),
  );
}

/** Writes one piece when the one before has left, with a turn for other work between them, and ends the request. */
function write(request: Http.ClientRequest, [piece, ...rest]: readonly Uint8Array[]): void {
  if (piece === undefined || rest.length === 0) {
    request.end(piece);
    return;
  }
  request.write(piece, () => {
    setImmediate(() => {
      if (!request.destroyed) write(request, rest);
    });
  });
}

/**
 * A kept connection that the server had closed when we began to write into it. That is no outage, and a new connection
 * works at once. It could also be a server that took the request and died before it answered: then the request is made
 * again as after any answer that was lost, with the same ids.
 */
function isStaleConnection(request: Http.ClientRequest, error: NodeJS.ErrnoException): boolean {
  return request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function decoded(response: Http.IncomingMessage): AsyncIterable<Uint8Array> {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const { createGunzip } = process.getBuiltinModule('node:zlib');
  const { pipeline } = process.getBuiltinModule('node:stream');
  // The error reaches whoever reads the end of the pipeline.
  return pipeline(response, createGunzip(), () => undefined);
}
