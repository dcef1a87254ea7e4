import { createServer, request as namedRequest } from 'node:http';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { mockLangfuse, type MockLangfuse } from '../../mocks/node.ts';
import { viaFetch, viaHttp } from './raw-client.ts';

describe('mockLangfuse in a test file', () => {
  const langfuse = mockLangfuse();
  beforeAll(() => langfuse.listen());
  afterEach(() => langfuse.reset());
  afterAll(() => langfuse.close());

  it('answers fetch', async () => {
    const answer = await viaFetch(`${langfuse.baseUrl}/api/public/health`);

    expect(JSON.parse(answer.body)).toEqual({ status: 'OK', version: '4.16.0' });
    expect(langfuse.fake.requests).toHaveLength(1);
  });

  it.each(['node:https', 'https'])('answers import(%j)', async (name) => {
    const status = await statusThrough(name, 'https://cloud.langfuse.com/api/public/health');

    expect(status).toBe(200);
    expect(langfuse.fake.requests.map(({ path }) => path)).toEqual(['/api/public/health']);
  });

  it('has forgotten the requests of the test before', () => {
    expect(langfuse.fake.requests).toEqual([]);
  });

  it('has the variables that point a client at it, and leaves the environment alone', () => {
    expect(langfuse.keys).toEqual({ publicKey: 'pk-lf-local', secretKey: 'sk-lf-local' });
    expect(langfuse.env).toEqual({
      LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
      LANGFUSE_SECRET_KEY: 'sk-lf-local',
      LANGFUSE_BASE_URL: langfuse.baseUrl,
      LANGFUSE_BASEURL: langfuse.baseUrl,
      LANGFUSE_HOST: langfuse.baseUrl,
    });
    expect(Object.keys(langfuse.env).map((name) => process.env[name])).not.toContain(
      langfuse.baseUrl,
    );
  });

  it('fails as a fault says', async () => {
    langfuse.fake.fault({ type: 'html', status: 502, on: 'everything' });

    const first = await viaFetch(`${langfuse.baseUrl}/api/public/health`);
    const second = await viaFetch(`${langfuse.baseUrl}/api/public/health`);

    expect([first.status, second.status]).toEqual([502, 200]);
  });
});

describe('a partial fault through mockLangfuse', () => {
  it('refuses single items of a batch and stores the others', async () => {
    using langfuse = mockLangfuse({ writeMode: 'dual' });
    langfuse.listen();
    langfuse.fake.fault({ type: 'partial', refuse: (_, index) => (index === 1 ? 500 : undefined) });
    const batch = ['a', 'b', 'c'].map((id) => ({
      id,
      type: 'trace-create',
      timestamp: '2026-11-23T12:00:00.000Z',
      body: { id: `trace-${id}`, name: id },
    }));

    const answer = await viaFetch(`${langfuse.baseUrl}/api/public/ingestion`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('pk-lf-local:sk-lf-local')}`,
        'content-type': 'application/json',
      },
      body: new TextEncoder().encode(JSON.stringify({ batch })),
    });

    expect(answer.status).toBe(207);
    expect(JSON.parse(answer.body)).toMatchObject({
      successes: [{ id: 'a' }, { id: 'c' }],
      errors: [{ id: 'b', status: 500 }],
    });
    expect(langfuse.fake.traces().map(({ name }) => name)).toEqual(['a', 'c']);
  });
});

describe('mockLangfuse at an http address', () => {
  const langfuse = mockLangfuse({ baseUrl: 'http://langfuse.test:3000' });
  beforeAll(() => langfuse.listen());
  afterEach(() => langfuse.reset());
  afterAll(() => langfuse.close());

  it.each(['node:http', 'http'])('answers import(%j)', async (name) => {
    expect(await statusThrough(name, `${langfuse.baseUrl}/api/public/health`)).toBe(200);
  });

  it('answers a named import of node:http that was made before it listened', async () => {
    const answer = await viaHttp(`${langfuse.baseUrl}/api/public/health`);

    expect(answer.status).toBe(200);
  });
});

describe('requests to other hosts', () => {
  let langfuse: MockLangfuse | undefined;
  afterEach(() => {
    langfuse?.close();
  });

  function listening(options: Parameters<typeof mockLangfuse>[0]): MockLangfuse {
    langfuse = mockLangfuse(options);
    langfuse.listen();
    return langfuse;
  }

  it('fail, and fail the test at the next reset, once', async () => {
    const mock = listening({});

    const outcome = await viaFetch('https://api.example.test/v1/chat?key=secret').catch(
      (error: unknown) => error,
    );

    expect(outcome).toBeInstanceOf(TypeError);
    expect(() => mock.reset()).toThrowErrorMatchingInlineSnapshot(
      `[Error: mockLangfuse refused 1 request to other hosts: GET https://api.example.test/v1/chat. Point the client at its baseUrl (its env has the variables), let them through with otherHosts, or serve them from your own MSW server with langfuseHandlers(fake).]`,
    );
    expect(() => mock.reset()).not.toThrow();
  });

  it('fail the test at close, and interception has ended all the same', async () => {
    const mock = listening({});
    await viaHttp('http://api.example.test/').catch(String);

    expect(() => mock.close()).toThrow('GET http://api.example.test/');
    expect(() => mock.close()).not.toThrow();
  });

  it('include Langfuse Cloud when another address was given', async () => {
    const mock = listening({ baseUrl: 'https://langfuse.example.test' });

    const own = await viaFetch('https://langfuse.example.test/api/public/health');
    await viaFetch('https://cloud.langfuse.com/api/public/health').catch(String);

    expect(own.status).toBe(200);
    expect(() => mock.reset()).toThrow('GET https://cloud.langfuse.com/api/public/health');
  });

  it('may pass, all of them or by address', async () => {
    const server = await ownServer();
    try {
      listening({ otherHosts: 'bypass' });
      const all = await viaFetch(server.url);
      langfuse?.close();
      listening({ otherHosts: (url) => (url.hostname === '127.0.0.1' ? 'bypass' : 'refuse') });
      const some = await viaHttp(server.url);

      expect([all.body, some.body]).toEqual(['not Langfuse', 'not Langfuse']);
    } finally {
      await server.close();
    }
  });
});

describe('the life of a mockLangfuse', () => {
  it('ends with the block when it is declared with using', async () => {
    const server = await ownServer();
    const original = namedRequest;
    {
      using langfuse = mockLangfuse();
      langfuse.listen();
      expect(namedRequest).not.toBe(original);
    }

    const after = await viaHttp(server.url);
    await server.close();

    expect(after.body).toBe('not Langfuse');
    expect(namedRequest).toBe(original);
  });

  it('may be closed twice, or without having listened', () => {
    const langfuse = mockLangfuse();

    langfuse.close();
    langfuse.listen();
    langfuse.close();

    expect(() => langfuse.close()).not.toThrow();
  });

  it('may listen again after it was closed', async () => {
    using langfuse = mockLangfuse({ version: '3.98.2' });
    langfuse.listen();
    langfuse.close();

    langfuse.listen();
    const answer = await viaFetch(`${langfuse.baseUrl}/api/public/health`);

    expect(JSON.parse(answer.body)).toEqual({ status: 'OK', version: '3.98.2' });
  });
});

async function statusThrough(name: string, url: string): Promise<unknown> {
  const { request }: { request: typeof namedRequest } = await import(name);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

interface OwnServer {
  readonly url: string;
  close(): Promise<void>;
}

function ownServer(): Promise<OwnServer> {
  const server = createServer((_, response) => {
    response.writeHead(200, { connection: 'close' }).end('not Langfuse');
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
        });
      resolve({ url: `http://127.0.0.1:${port}/`, close });
    });
  });
}
