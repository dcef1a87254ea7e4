import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../adapters/langfuse/http.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A client in front of a real HTTP server, because redirects, resets and time limits are what is tested. */
async function clientOf(handler: Handler, requestTimeoutMs = 5_000): Promise<HttpClient> {
  const listening = createServer(handler);
  server = listening;
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listening.address() as AddressInfo;
  return createHttpClient({
    baseUrl: `http://127.0.0.1:${port}`,
    publicKey: 'pk-lf-1',
    secretKey: 'sk-lf-1',
    requestTimeoutMs,
    headers: { 'x-proxy': 'yes', authorization: 'mine' },
    fetch: globalThis.fetch,
  });
}

const signal = new AbortController().signal;

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

    const result = await client.post('/old', new TextEncoder().encode('content'), { signal });

    expect(result).toMatchObject({ type: 'answer', status: 200, json: { ok: true } });
    expect(bodies).toEqual(['POST content']);
  });
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
