import { request } from 'node:http';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { createFakeLangfuse } from '../../mocks/index.ts';
import { serveFakeLangfuse, type ServedFakeLangfuse } from '../../mocks/server.ts';
import { describeCarrier } from './carrier-contract.ts';
import { viaFetch, viaHttp } from './raw-client.ts';

describeCarrier('an HTTP server, asked by fetch', {
  open: async (fake) => toCarrier(await serveFakeLangfuse(fake)),
  client: viaFetch,
});

describeCarrier('an HTTP server, asked by node:http', {
  open: async (fake) => toCarrier(await serveFakeLangfuse(fake)),
  client: viaHttp,
});

function toCarrier(server: ServedFakeLangfuse): { baseUrl: string; close: () => Promise<void> } {
  return { baseUrl: server.url, close: () => server.close() };
}

describe('the fake over HTTP', () => {
  const servers: ServedFakeLangfuse[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(...args: Parameters<typeof serveFakeLangfuse>): Promise<ServedFakeLangfuse> {
    const server = await serveFakeLangfuse(...args);
    servers.push(server);
    return server;
  }

  it('listens on loopback, on a free port, and says where', async () => {
    const server = await serve(createFakeLangfuse());

    expect(server.port).toBeGreaterThan(0);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  });

  it('gives an address that can be called when it listens on all interfaces', async () => {
    const server = await serve(createFakeLangfuse(), { host: '0.0.0.0' });

    const answer = await viaHttp(`${server.url}/api/public/health`);

    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(answer.status).toBe(200);
  });

  it('names the port and the way out when the port is taken', async () => {
    const { port } = await serve(createFakeLangfuse());

    const second = serveFakeLangfuse(createFakeLangfuse(), { port });

    await expect(second).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is already in use. Stop the program that holds it, or choose another port; 0 takes any free one.`,
    );
  });

  it('names the host when that cannot be listened on', async () => {
    const outcome = serveFakeLangfuse(createFakeLangfuse(), { host: '192.0.2.1' });

    await expect(outcome).rejects.toThrow(
      /^Cannot listen on port 0 of 192\.0\.2\.1: .*EADDRNOTAVAIL/,
    );
  });

  it('ends a hanging connection when it closes, and may be closed twice', async () => {
    const fake = createFakeLangfuse();
    const server = await serve({ ...fake, handle: () => ({ type: 'hang' }) });
    const outcome = viaHttp(`${server.url}/api/public/health`).catch((error: unknown) => error);
    await untilConnected(server);

    await server.close();
    await server.close();

    expect(await outcome).toMatchObject({ code: 'ECONNRESET' });
    await expect(viaHttp(server.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('refuses a body over 64 MB without keeping it, and serves the next request', async () => {
    const fake = createFakeLangfuse();
    const server = await serve(fake);

    const status = await uploadWithoutEnd(server.url);
    const next = await viaHttp(`${server.url}/api/public/health`);

    expect(status).toBe(413);
    expect(fake.requests.map(({ path }) => path)).toEqual(['/api/public/health']);
    expect(next.status).toBe(200);
  });

  it('survives a client that leaves in the middle of its body', async () => {
    const fake = createFakeLangfuse();
    const server = await serve(fake);

    await leaveHalfway(server.port);
    const next = await viaHttp(`${server.url}/api/public/health`);

    expect(fake.requests.map(({ path }) => path)).toEqual(['/api/public/health']);
    expect(next.status).toBe(200);
  });

  it('takes the whole address that a client sends to a proxy', async () => {
    const fake = createFakeLangfuse();
    const server = await serve(fake);

    const first = await rawLine(server.port, 'GET http://cloud.langfuse.com/api/public/health?x=1');

    expect(first).toBe('HTTP/1.1 200 OK');
    expect(fake.requests.map(({ path }) => path)).toEqual(['/api/public/health?x=1']);
  });

  it('says so when an answer cannot be sent, and serves the next request', async () => {
    const fake = createFakeLangfuse();
    const broken = { status: 200, headers: { 'bad header': 'x' }, body: '' };
    const server = await serve({
      ...fake,
      handle: (asked) =>
        asked.path === '/broken'
          ? { type: 'response', response: broken, delayMs: 0 }
          : fake.handle(asked),
    });

    const answer = await viaHttp(`${server.url}/broken`);
    const next = await viaHttp(`${server.url}/api/public/health`);

    expect(answer.status).toBe(500);
    expect(answer.body).toMatch(/^The fake Langfuse could not answer: .*bad header/);
    expect(next.status).toBe(200);
  });

  it('resets the connection for real', async () => {
    const response = { status: 207, headers: {}, body: '{}' };
    const server = await serve({
      ...createFakeLangfuse(),
      handle: () => ({ type: 'reset', afterBytes: 0, response }),
    });

    await expect(viaHttp(server.url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

// A second connection is accepted after the first one, so the first is known to the server by then.
async function untilConnected(server: ServedFakeLangfuse): Promise<void> {
  const abort = new AbortController();
  await new Promise<void>((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve());
    socket.on('error', reject);
    abort.signal.addEventListener('abort', () => socket.destroy());
  });
  abort.abort();
}

function uploadWithoutEnd(url: string): Promise<number | undefined> {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/api/public/otel/v1/traces`, { method: 'POST' }, (response) => {
      resolve(response.statusCode);
      outgoing.destroy();
    });
    outgoing.on('error', reject);
    const pump = (): void => {
      if (!outgoing.destroyed) outgoing.write(piece, pump);
    };
    pump();
  });
}

function leaveHalfway(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'POST /api/public/ingestion HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"batch"',
      );
      socket.end(() => socket.destroy());
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

function rawLine(port: number, requestLine: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${requestLine} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    });
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8').split('\r\n')[0]));
    socket.on('error', reject);
  });
}
