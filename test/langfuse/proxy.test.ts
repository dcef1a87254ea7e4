import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { langfuse } from '../../adapters/langfuse/index.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { type ServedFakeLangfuse, serveFakeLangfuse } from '../../mocks/server.ts';
import { createLifecycle } from '../../src/index.ts';

const fake = createFakeLangfuse();
const passed: string[] = [];
let server: ServedFakeLangfuse;
let proxy: Server;
let proxyUrl: string;

/** Passes requests on, whether the client asks for a tunnel or for the resource. */
function createProxy(): Server {
  const made = createServer((incoming, response) => {
    passed.push(incoming.url ?? '');
    const onward = request(
      incoming.url ?? '',
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  made.on('connect', (incoming, client, head) => {
    passed.push(incoming.url ?? '');
    const [host, port] = (incoming.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
    const end = (): void => void client.destroy();
    onward.on('error', end).on('close', end);
    client.on('error', () => onward.destroy());
  });
  return made;
}

beforeAll(async () => {
  server = await serveFakeLangfuse(fake, { port: 0 });
  proxy = createProxy();
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

beforeEach(() => {
  passed.length = 0;
  fake.reset();
});

afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await server.close();
});

async function deliverWith(env: Readonly<Record<string, string>>): Promise<number> {
  const keys = { publicKey: 'pk-lf-local', secretKey: 'sk-lf-local' };
  const sink = langfuse({ ...keys, baseUrl: server.url, dotenv: false, env });
  const lifecycle = createLifecycle({ sink, interruption: false });
  lifecycle.run({ name: 'agent', input: 'question' }, () => 'answer');
  const { delivered } = await lifecycle.shutdown();
  return delivered;
}

describe('traces', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('go through the proxy that %s names', async (name) => {
    const delivered = await deliverWith({ [name]: proxyUrl });

    expect(delivered).toBe(1);
    expect(fake.traces()).toHaveLength(1);
    expect(passed.length).toBeGreaterThan(0);
  });

  it.each([
    ['no proxy is named', () => ({})],
    ['the proxy is for other schemes', () => ({ HTTPS_PROXY: proxyUrl })],
    ['NO_PROXY names the host', () => ({ HTTP_PROXY: proxyUrl, NO_PROXY: '127.0.0.1' })],
    ['the variable is blank', () => ({ HTTP_PROXY: ' ' })],
  ])('go straight when %s', async (_title, env) => {
    const delivered = await deliverWith(env());

    expect(delivered).toBe(1);
    expect(passed).toEqual([]);
  });
});
