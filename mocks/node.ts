import { syncBuiltinESMExports } from 'node:module';

import { http, passthrough } from 'msw';
import { setupServer } from 'msw/node';

import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeLangfuseOptions,
} from './fake-langfuse.ts';
import { langfuseHandlers } from './handlers.ts';
import { counted } from './wording.ts';

export { serveFakeLangfuse } from './server.ts';
export type { ServedFakeLangfuse, ServeOptions } from './server.ts';

/** What becomes of a request that is not for the fake. */
export type OtherHosts = 'refuse' | 'bypass';

/** What kind of Langfuse to put in front of this process, and where. */
export interface MockLangfuseOptions extends FakeLangfuseOptions {
  /**
   * The only address that the fake answers on. Default `https://langfuse.test` (a name that never resolves, so nothing can
   * leave the machine) plus the default addresses of `langfuseHandlers`.
   */
  readonly baseUrl?: string;
  /**
   * Default `refuse`: the request fails, and the next `reset()` or `close()` throws and names it. `bypass` lets it go to
   * the network; a function decides per address, for example to let a server of your own test through.
   */
  readonly otherHosts?: OtherHosts | ((url: URL) => OtherHosts);
}

/** A Langfuse in front of this Node.js process: its fetch, http and https requests meet the fake. */
export interface MockLangfuse {
  readonly fake: FakeLangfuse;
  readonly baseUrl: string;
  readonly keys: { readonly publicKey: string; readonly secretKey: string };
  /** The `LANGFUSE_*` variables that point Langfuse clients at the fake; nothing is written to `process.env`. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts to intercept. Create HTTP clients after it. */
  listen(): void;
  /** Forgets rows, requests and faults; then throws if a request to another host was refused since the last call. */
  reset(): void;
  /** Stops to intercept; may be called twice. Throws as `reset` does. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * A fake Langfuse for a test file. msw 3 needs Node.js 22.12. Only one MSW server may listen at a time: next to one of
 * your own, use `langfuseHandlers`.
 *
 * @example
 * const langfuse = mockLangfuse();
 * beforeAll(() => langfuse.listen());
 * afterEach(() => langfuse.reset());
 * afterAll(() => langfuse.close());
 */
export function mockLangfuse(options: MockLangfuseOptions = {}): MockLangfuse {
  const { baseUrl = 'https://langfuse.test', otherHosts = 'refuse', ...fakeOptions } = options;
  const fake = createFakeLangfuse(fakeOptions);
  const refused: string[] = [];
  const server = setupServer(
    ...langfuseHandlers(fake, { baseUrl }),
    ...(options.baseUrl === undefined ? langfuseHandlers(fake) : []),
    refusingHandler(otherHosts, refused),
  );
  let isListening = false;

  function listen(): void {
    // What no handler can take (a WebSocket) fails too.
    server.listen({ onUnhandledFrame: 'error' });
    isListening = true;
    // `import { request } from 'node:http'` and `await import('http')` see the patched functions only after this.
    syncBuiltinESMExports();
  }

  function close(): void {
    if (isListening) {
      isListening = false;
      server.close();
      syncBuiltinESMExports();
    }
    assertNoneRefused(refused);
  }

  function reset(): void {
    fake.reset();
    assertNoneRefused(refused);
  }

  const { publicKey, secretKey } = fake.options;
  const keys = { publicKey, secretKey };
  const env = toEnvironment({ baseUrl, publicKey, secretKey });
  return { fake, baseUrl, keys, env, listen, reset, close, [Symbol.dispose]: close };
}

interface Connection {
  readonly baseUrl: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

// Langfuse's JavaScript clients read BASE_URL (v5) or BASEURL (v3), the Python client HOST.
function toEnvironment({ baseUrl, publicKey, secretKey }: Connection): Record<string, string> {
  return {
    LANGFUSE_PUBLIC_KEY: publicKey,
    LANGFUSE_SECRET_KEY: secretKey,
    LANGFUSE_BASE_URL: baseUrl,
    LANGFUSE_BASEURL: baseUrl,
    LANGFUSE_HOST: baseUrl,
  };
}

function refusingHandler(
  otherHosts: NonNullable<MockLangfuseOptions['otherHosts']>,
  refused: string[],
): ReturnType<typeof http.all> {
  return http.all(/.*/, ({ request }) => {
    const url = new URL(request.url);
    const decision = typeof otherHosts === 'function' ? otherHosts(url) : otherHosts;
    if (decision === 'bypass') return passthrough();

    refused.push(`${request.method} ${url.origin}${url.pathname}`);
    return Response.error();
  });
}

// Telemetry swallows its own network errors, so a refused request alone would not fail the test.
function assertNoneRefused(refused: string[]): void {
  const requests = refused.splice(0);
  if (requests.length === 0) return;

  throw new Error(
    `mockLangfuse refused ${counted(requests.length, 'request')} to other hosts: ${requests.join(', ')}. ` +
      'Point the client at its baseUrl (its env has the variables), let them through with otherHosts, ' +
      'or serve them from your own MSW server with langfuseHandlers(fake).',
  );
}
