import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Agent, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpClient, type HttpClient } from '../../adapters/langfuse/http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface ClientOptions {
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly requestTimeoutMs?: number;
}

/** A client in front of a real HTTP server, because redirects, resets and time limits are what is tested. */
async function serveClient(
  handler: Handler,
  { fetch, requestTimeoutMs = 5_000 }: ClientOptions = {},
): Promise<HttpClient> {
  const listening = createServer(handler);
  server = listening;
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listening.address() as AddressInfo;
  return createHttpClient(connectionTo(`http://127.0.0.1:${port}`, { fetch, requestTimeoutMs }));
}

function connectionTo(
  baseUrl: string,
  { fetch, requestTimeoutMs = 5_000 }: ClientOptions = {},
): Parameters<typeof createHttpClient>[0] {
  return {
    baseUrl,
    publicKey: 'pk-lf-1',
    secretKey: 'sk-lf-1',
    requestTimeoutMs,
    headers: { 'x-proxy': 'yes', authorization: 'mine' },
    fetch,
    proxyVariables: {},
  };
}

const signal = new AbortController().signal;

describe.each([
  ['over the fetch of the options', globalThis.fetch],
  ["over Node's own HTTP", undefined],
])('%s', (_title, fetch) => {
  const clientOf = (handler: Handler, requestTimeoutMs = 5_000): Promise<HttpClient> =>
    serveClient(handler, { fetch, requestTimeoutMs });

  describe('a request', () => {
    it('carries authorisation and the headers of the options, which cannot replace it', async () => {
      const seen: IncomingMessage['headers'][] = [];
      const client = await clientOf((request, response) => {
        seen.push(request.headers);
        response.end('{}');
      });

      await client.get('/health', { signal });

      expect(seen[0]).toMatchObject({
        authorization: `Basic ${btoa('pk-lf-1:sk-lf-1')}`,
        'x-proxy': 'yes',
      });
    });

    it.each([307, 308])('that is redirected with %i keeps method and body', async (status) => {
      const bodies: string[] = [];
      const client = await clientOf((request, response) => {
        if (request.url === '/old') {
          request.resume();
          response.writeHead(status, { location: '/new' }).end();
          return;
        }
        let body = '';
        request.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        request.on('end', () => {
          bodies.push(`${request.method} ${body}`);
          response.end('{"ok":true}');
        });
      });

      const pieces = ['con', 'tent'].map((text) => new TextEncoder().encode(text));

      const result = await client.post('/old', pieces, { signal });

      expect(result).toMatchObject({ type: 'answer', status: 200, json: { ok: true } });
      expect(bodies).toEqual(['POST content']);
    });
  });

  it('a body of megabytes in pieces arrives whole', async () => {
    const received: Buffer[] = [];
    const client = await clientOf((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(chunk));
      request.on('end', () => response.end('{}'));
    });
    const pieces = [700_000, 1, 1_300_000].map((length, index) => Buffer.alloc(length, `${index}`));

    const result = await client.post('/', pieces, { signal });

    expect(result).toMatchObject({ type: 'answer', status: 200 });
    expect(Buffer.concat(received).equals(Buffer.concat(pieces))).toBe(true);
  });

  describe('an answer', () => {
    it('that is no JSON is text', async () => {
      const client = await clientOf((_, response) => response.writeHead(502).end('<html>'));

      expect(await client.get('/', { signal })).toMatchObject({
        type: 'answer',
        status: 502,
        text: '<html>',
        json: undefined,
      });
    });

    it('without end is read up to a megabyte', async () => {
      const client = await clientOf((_, response) => {
        const fill = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) {
            // Until the socket is full.
          }
        };
        response.on('drain', fill);
        fill();
      });

      const result = await client.get('/', { signal });

      expect(result.type === 'answer' && result.text.length).toBeGreaterThan(1_000_000);
      expect(result.type === 'answer' && result.text.length).toBeLessThan(1_200_000);
    });
  });

  describe('no answer', () => {
    it('within the time limit is a value that says so', async () => {
      const client = await clientOf(() => {}, 50);

      expect(await client.get('/', { signal })).toEqual({
        type: 'unreachable',
        message: 'no answer within 50 ms',
      });
    });

    it('counts the body too', async () => {
      const client = await clientOf((_, response) => {
        response.writeHead(200).write('{');
      }, 50);

      expect(await client.get('/', { signal })).toEqual({
        type: 'unreachable',
        message: 'no answer within 50 ms',
      });
    });

    it('because the connection broke is a value', async () => {
      const client = await clientOf((request) => request.socket.destroy());

      expect(await client.get('/', { signal })).toMatchObject({ type: 'unreachable' });
    });

    it('because nobody listens names the cause', async () => {
      const client = await clientOf(() => {});
      await new Promise((resolve) => {
        server?.close(resolve);
      });

      expect(await client.get('/', { signal })).toMatchObject({
        type: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    });

    it('because the caller gave up comes at once', async () => {
      const controller = new AbortController();
      const client = await clientOf(() => controller.abort());

      expect(await client.get('/', { signal: controller.signal })).toMatchObject({
        type: 'unreachable',
      });
    });
  });

  it('an answer that is compressed is read', async () => {
    const client = await clientOf((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"ok":true}')),
    );

    expect(await client.get('/', { signal })).toMatchObject({ json: { ok: true } });
  });

  it('a compressed answer that breaks off is no answer', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '1000' });
      response.write(gzipSync('{"ok":true}').subarray(0, 10), () => response.destroy());
    });

    expect(await client.get('/', { signal })).toMatchObject({ type: 'unreachable' });
  });

  it('an answer in pieces keeps its characters', async () => {
    const bytes = Buffer.from('{"name":"Zoë 日本"}');
    const client = await clientOf((_, response) => {
      response.write(bytes.subarray(0, 12), () => response.end(bytes.subarray(12)));
    });

    expect(await client.get('/', { signal })).toMatchObject({ json: { name: 'Zoë 日本' } });
  });

  it('a redirect to another host does not take the keys along', async () => {
    const seen: (string | undefined)[] = [];
    const client = await clientOf((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/old')
        response.writeHead(307, { location: `http://localhost:${request.socket.localPort}/new` });
      response.end('{}');
    });

    const result = await client.get('/old', { signal });

    expect(result).toMatchObject({ type: 'answer', status: 200 });
    expect(seen.at(-1)).toBeUndefined();
  });
});

describe("Node's own HTTP", () => {
  /** Answers the first request and then breaks every connection at the requests after it, `times` times. */
  function breakingServer(times: number): { readonly handler: Handler; readonly paths: string[] } {
    const paths: string[] = [];
    let left = times;
    const handler: Handler = (request, response) => {
      paths.push(request.url ?? '');
      request.resume();
      if (paths.length > 1 && left > 0) {
        left -= 1;
        request.socket.resetAndDestroy();
      } else response.end('{}');
    };
    return { handler, paths };
  }

  it('asks again at once over a new connection when a kept one turns out to be closed', async () => {
    const { handler, paths } = breakingServer(1);
    const client = await serveClient(handler);
    await client.get('/first', { signal });

    const result = await client.post('/second', 'content', { signal });

    expect(result).toMatchObject({ type: 'answer', status: 200 });
    expect(paths).toEqual(['/first', '/second', '/second']);
  });

  it('but only once', async () => {
    const { handler, paths } = breakingServer(2);
    const client = await serveClient(handler);
    await client.get('/first', { signal });

    const result = await client.post('/second', 'content', { signal });

    expect(result).toMatchObject({ type: 'unreachable' });
    expect(paths).toEqual(['/first', '/second', '/second']);
  });

  it('and not over a connection that was new', async () => {
    let requests = 0;
    const client = await serveClient((request) => {
      requests += 1;
      request.socket.resetAndDestroy();
    });

    expect(await client.post('/', 'content', { signal })).toMatchObject({ type: 'unreachable' });
    expect(requests).toBe(1);
  });

  it('keeps its connections', async () => {
    const ports = new Set<number | undefined>();
    const client = await serveClient((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{}');
    });

    for (const path of ['/a', '/b', '/c']) await client.get(path, { signal });

    expect(ports.size).toBe(1);
  });

  it('keeps them after a body of megabytes too', async () => {
    const ports = new Set<number | undefined>();
    const client = await serveClient((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().once('end', () => response.end('{}'));
    });

    for (const path of ['/a', '/b', '/c'])
      await client.post(path, [Buffer.alloc(3_000_000)], { signal });

    expect(ports.size).toBe(1);
  });

  it('reads nothing more of a body when the answer came before it was sent', async () => {
    const received: Buffer[] = [];
    const sockets: Socket[] = [];
    const listening = createSocketServer((socket) => {
      sockets.push(socket);
      socket.pause().on('data', (chunk) => received.push(chunk));
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
    await new Promise<void>((resolve) => {
      listening.listen(0, '127.0.0.1', resolve);
    });
    const { port } = listening.address() as AddressInfo;
    const client = createHttpClient(connectionTo(`http://127.0.0.1:${port}`));
    // More than the kernel takes from nobody's hands.
    const piece = Buffer.alloc(32_000_000, 'x');

    const result = await client.post('/', [piece], { signal });
    piece.fill('y');
    const ends = sockets.map((socket) => once(socket.resume(), 'close'));
    await Promise.all(ends);
    listening.close();

    expect(result).toMatchObject({ type: 'answer', status: 200 });
    expect(Buffer.concat(received).includes('xxxx')).toBe(true);
    expect(Buffer.concat(received).includes('yyyy')).toBe(false);
  });

  it('gives way to a global fetch that was replaced', async () => {
    const client = await serveClient((_, response) => response.end('{}'));
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ stubbed: true })));

    const stubbed = await client.get('/', { signal });
    vi.unstubAllGlobals();
    const real = await client.get('/', { signal });

    expect([stubbed, real]).toMatchObject([{ json: { stubbed: true } }, { json: {} }]);
  });

  it('gives way to a global fetch that was replaced before it was loaded', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ stubbed: true })));
    vi.resetModules();
    const { createHttpClient: createLater } = await import('../../adapters/langfuse/http.ts');

    const stubbed = await createLater(connectionTo('http://127.0.0.1:9')).get('/', { signal });
    vi.unstubAllGlobals();

    expect(stubbed).toMatchObject({ json: { stubbed: true } });
  });

  it('is left to Node.js: other runtimes use their own fetch', async () => {
    const modes: (string | undefined)[] = [];
    const client = await serveClient((request, response) => {
      modes.push(request.headers['sec-fetch-mode']?.toString());
      response.end('{}');
    });
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' });

    await client.get('/', { signal });
    vi.unstubAllGlobals();

    // Only fetch says that.
    expect(modes).toEqual(['cors']);
  });

  it('gives way to the dispatcher of a host that has set one', async () => {
    const client = await serveClient((_, response) => response.end('{}'));
    const before = getGlobalDispatcher();
    const mock = new MockAgent();
    mock.get(/./).intercept({ path: '/' }).reply(200, { mocked: true });
    setGlobalDispatcher(mock);

    const mocked = await client.get('/', { signal });
    setGlobalDispatcher(before);

    expect(mocked).toMatchObject({ json: { mocked: true } });
  });

  it('gives way to connections of the host, with a certificate authority of its own for example', async () => {
    const modes: (string | undefined)[] = [];
    const client = await serveClient((request, response) => {
      modes.push(request.headers['sec-fetch-mode']?.toString());
      response.end('{}');
    });
    const before = getGlobalDispatcher();
    setGlobalDispatcher(new Agent({ connect: { ca: 'of the host' } }));

    await client.get('/', { signal });
    setGlobalDispatcher(new Agent());
    await client.get('/', { signal });
    setGlobalDispatcher(before);

    // Only fetch says that.
    expect(modes).toEqual(['cors', undefined]);
  });
});
