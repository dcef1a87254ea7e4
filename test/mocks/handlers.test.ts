import { syncBuiltinESMExports } from 'node:module';

import { setupServer } from 'msw/node';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { createFakeLangfuse, langfuseHandlers } from '../../mocks/index.ts';
import { describeCarrier, type OpenCarrier } from './carrier-contract.ts';
import { viaFetch, viaHttp } from './raw-client.ts';

const baseUrl = 'http://langfuse.test:3000';

function intercept(...handlers: Parameters<typeof setupServer>): OpenCarrier {
  const server = setupServer(...handlers);
  server.listen({ onUnhandledFrame: 'error' });
  // Named imports of node:http see what MSW patched only after this.
  syncBuiltinESMExports();
  const close = (): void => {
    server.close();
    syncBuiltinESMExports();
  };
  return { baseUrl, close };
}

describeCarrier('MSW handlers, asked by fetch', {
  open: (fake) => intercept(...langfuseHandlers(fake, { baseUrl })),
  client: viaFetch,
});

describeCarrier('MSW handlers, asked by node:http', {
  open: (fake) => intercept(...langfuseHandlers(fake, { baseUrl })),
  client: viaHttp,
});

describe('the addresses of the MSW handlers', () => {
  let open: OpenCarrier | undefined;
  afterEach(() => {
    void open?.close();
    open = undefined;
  });

  async function pathsSeen(urls: readonly string[], base?: string | string[]): Promise<unknown[]> {
    const fake = createFakeLangfuse();
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    open = intercept(...langfuseHandlers(fake, base === undefined ? {} : { baseUrl: base }));
    await Promise.all(urls.map((url) => viaFetch(url).catch(() => 'refused')));
    return fake.requests.map(({ path }) => path).toSorted();
  }

  it('are the regions of Langfuse Cloud by default', async () => {
    const paths = await pathsSeen([
      'https://cloud.langfuse.com/api/public/health?eu',
      'https://us.cloud.langfuse.com/api/public/health?us',
      'https://jp.cloud.langfuse.com/api/public/health?jp',
      'https://hipaa.cloud.langfuse.com/api/public/health?hipaa',
      'https://langfuse.com/docs',
    ]);

    expect(paths).toEqual([
      '/api/public/health?eu',
      '/api/public/health?hipaa',
      '/api/public/health?jp',
      '/api/public/health?us',
    ]);
  });

  it.each(['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'])(
    'take in what %s names by default',
    async (name) => {
      vi.stubEnv(name, 'http://langfuse.internal.test/');

      expect(await pathsSeen(['http://langfuse.internal.test/api/public/health'])).toEqual([
        '/api/public/health',
      ]);
    },
  );

  it('are only the given ones otherwise', async () => {
    const paths = await pathsSeen(
      [
        'http://one.test/api/public/health',
        'https://two.test/api/public/ready',
        'https://cloud.langfuse.com/api/public/projects',
        'http://one.test.evil.test/api/public/health',
        'http://onextest/api/public/health',
      ],
      ['http://one.test', 'https://two.test/'],
    );

    expect(paths).toEqual(['/api/public/health', '/api/public/ready']);
  });

  it('may have a base path, which the fake does not see', async () => {
    const paths = await pathsSeen(
      [
        'http://one.test/langfuse/api/public/health?x=1',
        'http://one.test/langfuse',
        'http://one.test/langfuse2/api/public/health',
      ],
      'http://one.test/langfuse/',
    );

    expect(paths).toEqual(['/', '/api/public/health?x=1']);
  });

  it.each(['cloud.langfuse.com', 'ftp://langfuse.test', ''])('cannot be %j', (bad) => {
    expect(() => langfuseHandlers(createFakeLangfuse(), { baseUrl: bad })).toThrow(
      /^baseUrl: expected an http\(s\) address such as/,
    );
  });
});
