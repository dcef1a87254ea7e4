import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLifecycle } from '../../src/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { deliveredAllOf, manyRuns, quick, type Route, spanCounts, wires, work } from './bench.ts';

interface Server {
  readonly url: string;
  /** Sockets that were opened. */
  readonly connections: () => number;
}

/** The fake behind a server that does with its sockets what `afterAnswer` says. */
async function serve(fake: FakeLangfuse, afterAnswer: (socket: Socket) => void): Promise<Server> {
  let connections = 0;
  const server = createServer((request, response) => void answer(fake, request, response));
  server.on('connection', () => (connections += 1));
  server.on('request', (request, response) =>
    response.once('finish', () => afterAnswer(request.socket)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
  };
}

async function answer(
  fake: FakeLangfuse,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const body = new Uint8Array(await buffer(request));
  const reply = fake.handle({
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    body,
  });
  if (reply.type === 'response')
    response.writeHead(reply.response.status, reply.response.headers).end(reply.response.body);
}

function lifecycleFor(
  { createSink }: Route,
  { fake, url }: { readonly fake: FakeLangfuse; readonly url: string },
) {
  const { publicKey, secretKey } = fake.options;
  const sink = createSink({ publicKey, secretKey, baseUrl: url, env: {}, dotenv: false });
  return createLifecycle({ sink, interruption: false, limits: { ...quick, batchRecords: 50 } });
}

describe.each(wires.map((route) => [route.name, route] as const))('on %s', (_name, route) => {
  it('a server that closes kept connections behind our back costs no record and repeats none', async () => {
    const fake = createFakeLangfuse({ writeMode: route.writeMode });
    // The answer promised keep-alive; the next request may already be on its way into the closed socket.
    const { url, connections } = await serve(fake, (socket) => socket.destroy());
    const lifecycle = lifecycleFor(route, { fake, url });

    await work(lifecycle, manyRuns);
    const report = await lifecycle.flush();

    expect(report).toEqual(deliveredAllOf(manyRuns));
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
    expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
    expect(connections()).toBeGreaterThan(10);
  });

  it('a server that keeps them is asked over the same ones again', async () => {
    const fake = createFakeLangfuse({ writeMode: route.writeMode });
    const { url, connections } = await serve(fake, () => {});
    const lifecycle = lifecycleFor(route, { fake, url });

    await work(lifecycle, manyRuns);
    await lifecycle.flush();

    expect(fake.requests.length).toBeGreaterThan(20);
    expect(connections()).toBeLessThanOrEqual(2);
  });
});
