import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { context, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkEnvironment } from '../../adapters/cli/doctor/environment-check.ts';
import { checkInstrumentation } from '../../adapters/cli/doctor/instrumentation-check.ts';
import { checkProxy } from '../../adapters/cli/doctor/network-check.ts';
import { checkServer } from '../../adapters/cli/doctor/server-checks.ts';
import { readConfig } from '../../adapters/langfuse/config.ts';
import { createConnection } from '../../adapters/langfuse/connection.ts';

const uuid = '12345678-1234-1234-1234-123456789abc';

describe('the environment', () => {
  it.each([
    ['a whole key', `pk-lf-${uuid}`, 'ok', 'is set in the environment (pk-lf-…, 42 characters)'],
    ['quotes that were pasted along', `"pk-lf-${uuid}"`, 'ok', '42 characters'],
    ['a key of an own server', 'team-key', 'warning', 'does not start with pk-lf-'],
    ['a key that was cut', 'pk-lf-12345678-1234', 'warning', 'looks cut'],
    ['a placeholder', 'pk-lf-your-key', 'warning', 'placeholder'],
    ['the other key', `sk-lf-${uuid}`, 'failed', 'holds a key that starts with sk-lf-'],
    ['nothing but blanks', '  ', 'failed', 'is set neither in the environment nor in .env'],
  ])('with %s', (_what, value, status, found) => {
    const [finding] = checkEnvironment({ env: { LANGFUSE_PUBLIC_KEY: value }, dotenvText: '' });

    expect(finding).toMatchObject({ status, found: expect.stringContaining(found) });
  });

  it.each([
    ['1', []],
    ['0.1', ['warning LANGFUSE_SAMPLE_RATE in .env is 0.1: not all traces are sent']],
    ['0', ['warning LANGFUSE_SAMPLE_RATE in .env is 0: no trace is sent']],
    ['10%', ['failed LANGFUSE_SAMPLE_RATE in .env is no number from 0 to 1']],
  ])('with a sample rate of %s', (rate, expected) => {
    const findings = checkEnvironment({
      env: {},
      dotenvText: `LANGFUSE_SAMPLE_RATE=${rate}`,
    }).filter(({ found }) => found.includes('SAMPLE_RATE'));

    expect(findings.map(({ status, found }) => `${status} ${found.split(',')[0]}`)).toEqual(
      expected.map((text) => expect.stringContaining(text)),
    );
  });

  it('says which variables stand in .env, and which of them do not count', () => {
    const findings = checkEnvironment({
      env: { LANGFUSE_SECRET_KEY: `sk-lf-${uuid}` },
      dotenvText: `LANGFUSE_PUBLIC_KEY=pk-lf-${uuid}\nLANGFUSE_SECRET_KEY=sk-lf-old\nOTHER=1\n`,
    });

    expect(findings.map(({ found }) => found)).toEqual([
      'LANGFUSE_PUBLIC_KEY is set in .env (pk-lf-…, 42 characters)',
      'LANGFUSE_SECRET_KEY is set in the environment (sk-lf-…, 42 characters)',
      'LANGFUSE_SECRET_KEY stands in the environment and in .env with different values; the environment wins',
    ]);
  });

  it('with two addresses says which one wins', () => {
    const findings = checkEnvironment({
      env: {
        LANGFUSE_HOST: 'http://b',
        LANGFUSE_BASE_URL: 'http://a/',
        LANGFUSE_BASEURL: 'http://a',
      },
      dotenvText: '',
    });

    expect(findings.map(({ found }) => found)).toContain(
      'LANGFUSE_BASE_URL and LANGFUSE_HOST name different addresses; LANGFUSE_BASE_URL wins',
    );
    expect(findings).toHaveLength(3);
  });
});

describe('the proxy', () => {
  it('is named without its password', () => {
    const finding = checkProxy('https://langfuse.example', {
      HTTPS_PROXY: 'http://user:secret@proxy.example:3128',
      NO_PROXY: 'localhost',
    });

    expect(finding).toEqual({
      check: 'proxy',
      status: 'ok',
      found: 'requests go through proxy.example:3128 (HTTPS_PROXY), except for localhost',
    });
  });

  it('has to be an address', () => {
    expect(checkProxy('https://a', { HTTPS_PROXY: 'proxy' })).toMatchObject({ status: 'failed' });
  });

  it('is none when none is set', () => {
    expect(checkProxy('http://a', { HTTPS_PROXY: 'http://b' })).toBeUndefined();
  });
});

describe('the clock', () => {
  const serverTime = Date.UTC(2026, 10, 25, 12);

  async function clockAt(ours: number): Promise<unknown> {
    const config = readConfig({
      publicKey: 'pk-lf-a',
      secretKey: 'sk-lf-a',
      env: {},
      dotenv: false,
      fetch: async () =>
        Response.json(
          { status: 'OK', version: '4.16.0' },
          { headers: { date: new Date(serverTime).toUTCString() } },
        ),
    });
    if (config.type !== 'ready') throw new Error(config.message);
    const connection = { ...createConnection(config.settings), now: () => ours };
    const findings = await checkServer({ connection, signal: new AbortController().signal });
    return findings.find(({ check }) => check === 'clock');
  }

  it.each([
    [0, 'ok', 'agree'],
    [5_900, 'ok', 'agree'],
    [20_000, 'warning', '19 s ahead of'],
    [-20_000, 'warning', '20 s behind'],
    [3_600_000, 'failed', '3599 s ahead of'],
  ])('that is off by %i ms is %s', async (difference, status, found) => {
    expect(await clockAt(serverTime + difference)).toMatchObject({
      status,
      found: expect.stringContaining(found),
    });
  });
});

describe('other instrumentation', () => {
  const global = (): unknown => Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1'));

  class LangfuseSpanProcessor {
    onStart(): void {}
    onEnd(): void {}
    forceFlush(): Promise<void> {
      return Promise.resolve();
    }
    shutdown(): Promise<void> {
      return Promise.resolve();
    }
  }

  function register(spanProcessors: readonly LangfuseSpanProcessor[]): void {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [...spanProcessors] }));
    onTestFinished(() => {
      trace.disable();
      context.disable();
    });
  }

  it('that exports to Langfuse is seen on the real provider', () => {
    register([new LangfuseSpanProcessor()]);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());

    const [finding] = checkInstrumentation({ openTelemetry: global(), manifest: undefined });

    expect(finding).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('LangfuseSpanProcessor is registered'),
    });
  });

  it('without a context manager finds no parents', () => {
    register([]);

    const [finding] = checkInstrumentation({ openTelemetry: global(), manifest: undefined });

    expect(finding?.found).toBe('OpenTelemetry has a tracer provider and no context manager');
  });

  it('that fits is fine', () => {
    register([]);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());

    expect(checkInstrumentation({ openTelemetry: global(), manifest: {} })).toMatchObject([
      { status: 'ok', found: expect.stringContaining('OpenTelemetry is registered') },
    ]);
  });
});
