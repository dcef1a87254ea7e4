import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { modelEnvironmentSchema } from '../../adapters/cli/demo/model-environment.ts';
import {
  environmentSchema,
  langfuse,
  langfuseIngestion,
  langfuseOtlp,
} from '../../adapters/langfuse/index.ts';
import {
  type LangfuseConfig,
  type LangfuseOptions,
  type LangfuseSettings,
  readConfig,
} from '../../adapters/langfuse/config.ts';
import { packageName, packageVersion } from '../../adapters/langfuse/vocabulary.ts';
import { ConfigError } from '../../src/index.ts';

const keys = { LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-1' };

function read(env: Record<string, string>, options: LangfuseOptions = {}): LangfuseConfig {
  return readConfig({ dotenv: false, env, ...options });
}

function settings(env: Record<string, string>, options: LangfuseOptions = {}): LangfuseSettings {
  const config = read({ ...keys, ...env }, options);
  if (config.type === 'disabled') throw new Error(config.message);
  return config.settings;
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

afterEach(() => vi.restoreAllMocks());

function inDirectoryWith(text: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-'));
  writeFileSync(join(directory, '.env'), text);
  vi.spyOn(process, 'cwd').mockReturnValue(directory);
}

describe('without keys', () => {
  it.each([
    [{}, 'LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY are not set: tracing is off.'],
    [
      { LANGFUSE_PUBLIC_KEY: 'pk-lf-1' },
      'LANGFUSE_SECRET_KEY is not set (LANGFUSE_PUBLIC_KEY is): tracing is off.',
    ],
    [
      { LANGFUSE_SECRET_KEY: 'sk-lf-1' },
      'LANGFUSE_PUBLIC_KEY is not set (LANGFUSE_SECRET_KEY is): tracing is off.',
    ],
    [
      { ...keys, LANGFUSE_SECRET_KEY: ' "" ' },
      'LANGFUSE_SECRET_KEY is not set (LANGFUSE_PUBLIC_KEY is): tracing is off.',
    ],
  ])('%j is disabled and says what to do', (env, message) => {
    const fix = "Set both, from the project's settings page, in the environment or in .env.";

    expect(read(env)).toEqual({ type: 'disabled', message: `${message} ${fix}` });
  });

  it('a sink is made all the same, disabled', () => {
    for (const create of [langfuse, langfuseIngestion, langfuseOtlp]) {
      expect(create({ env: {}, dotenv: false }).disabled?.message).toContain('tracing is off');
    }
  });

  it('keys the wrong way round are recognised', () => {
    const config = read({ LANGFUSE_PUBLIC_KEY: 'sk-lf-1', LANGFUSE_SECRET_KEY: 'pk-lf-1' });

    expect(config).toMatchObject({
      type: 'disabled',
      message: expect.stringContaining('Swap them'),
    });
    expect(JSON.stringify(config)).not.toContain('sk-lf-1');
  });
});

describe('the environment', () => {
  it('gives everything there is a variable for', () => {
    expect(
      settings({
        LANGFUSE_BASE_URL: 'https://langfuse.example/base/',
        LANGFUSE_TRACING_ENVIRONMENT: 'prod',
        LANGFUSE_RELEASE: 'r1',
        LANGFUSE_WIRE: 'OTLP',
      }),
    ).toMatchObject({
      publicKey: 'pk-lf-1',
      secretKey: 'sk-lf-1',
      baseUrl: 'https://langfuse.example/base',
      environment: 'prod',
      release: 'r1',
      wire: 'otlp',
      compression: 'gzip',
      requestTimeoutMs: 10_000,
    });
  });

  it('is Langfuse Cloud and a discovered wire by default', () => {
    expect(settings({})).toMatchObject({ baseUrl: 'https://cloud.langfuse.com', wire: 'auto' });
  });

  it('knows three names for the address, in a fixed order', () => {
    const all = {
      LANGFUSE_BASE_URL: 'http://a',
      LANGFUSE_BASEURL: 'http://b',
      LANGFUSE_HOST: 'http://c',
    };
    const { LANGFUSE_BASE_URL: _first, ...two } = all;
    const { LANGFUSE_BASEURL: _second, ...one } = two;

    expect([all, two, one].map((env) => settings(env).baseUrl)).toEqual([
      'http://a',
      'http://b',
      'http://c',
    ]);
  });

  it('loses blanks and quotes that were pasted along', () => {
    expect(
      settings({ LANGFUSE_SECRET_KEY: ' "sk-lf-2"\n', LANGFUSE_PUBLIC_KEY: "'pk-lf-2'" }),
    ).toMatchObject({
      publicKey: 'pk-lf-2',
      secretKey: 'sk-lf-2',
    });
  });

  it('is process.env when none is given', () => {
    vi.stubEnv('LANGFUSE_PUBLIC_KEY', 'pk-lf-3');
    vi.stubEnv('LANGFUSE_SECRET_KEY', 'sk-lf-3');

    expect(readConfig({ dotenv: false })).toMatchObject({ settings: { publicKey: 'pk-lf-3' } });
  });

  it('is beaten by options', () => {
    expect(
      settings(
        { LANGFUSE_BASE_URL: 'http://a', LANGFUSE_WIRE: 'otlp', LANGFUSE_RELEASE: 'r1' },
        {
          baseUrl: 'http://b',
          wire: 'ingestion',
          release: 'r2',
          publicKey: 'pk-lf-9',
          secretKey: 'sk-lf-9',
        },
      ),
    ).toMatchObject({
      baseUrl: 'http://b',
      wire: 'ingestion',
      release: 'r2',
      publicKey: 'pk-lf-9',
    });
  });
});

describe('.env', () => {
  it('fills in what the environment has not, and process.env stays as it is', () => {
    inDirectoryWith(
      'LANGFUSE_PUBLIC_KEY=pk-lf-file\nLANGFUSE_SECRET_KEY="sk-lf-file"\nLANGFUSE_RELEASE=file # note\n',
    );
    const before = { ...process.env };

    const config = readConfig({ env: { LANGFUSE_RELEASE: 'real' } });

    expect(config).toMatchObject({
      settings: { publicKey: 'pk-lf-file', secretKey: 'sk-lf-file', release: 'real' },
    });
    expect(process.env).toEqual(before);
  });

  it('does not bring its address into an environment that has one under another name', () => {
    inDirectoryWith('LANGFUSE_BASE_URL=http://file\n');

    expect(readConfig({ env: { ...keys, LANGFUSE_HOST: 'http://real' } })).toMatchObject({
      settings: { baseUrl: 'http://real' },
    });
  });

  it('is not read with dotenv: false', () => {
    inDirectoryWith('LANGFUSE_PUBLIC_KEY=pk-lf-file\nLANGFUSE_SECRET_KEY=sk-lf-file\n');

    expect(readConfig({ env: {}, dotenv: false }).type).toBe('disabled');
  });

  it('may be missing', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-')));

    expect(readConfig({ env: {} }).type).toBe('disabled');
  });
});

describe('a form that cannot work', () => {
  it.each([
    [
      'cloud.langfuse.com',
      'LANGFUSE_BASE_URL: expected an http or https address such as https://cloud.langfuse.com; got "cloud.langfuse.com".',
    ],
    ['ftp://langfuse.example', 'got "ftp://langfuse.example"'],
    [
      'https://me:word@langfuse.example',
      'without user and password; got https://…@langfuse.example',
    ],
    ['me:word@langfuse.example', 'got "…@langfuse.example"'],
    ['https://langfuse.example/api/public/ingestion', 'Use https://langfuse.example.'],
    ['https://langfuse.example/base/api/public', 'Use https://langfuse.example/base.'],
    ['https://langfuse.example?x=word', 'without "?" and "#"'],
  ])('of the address %s is refused with what came and what to do', (address, message) => {
    const text = messageOf(() => settings({ LANGFUSE_BASE_URL: address }));

    expect(text).toContain(message);
    expect(text).not.toContain('word@');
  });

  it.each([
    [{ wire: 'grpc' }, /wire: expected auto, ingestion, otlp; got "grpc"/],
    [
      { compression: 'zstd' },
      /compression: expected gzip, none; got "zstd". Leave it out for gzip/,
    ],
    [{ compression: true }, /compression: .*expected string/],
    [{ requestTimeoutMs: -1 }, /requestTimeoutMs: expected milliseconds above 0.*got -1/],
    [{ requestTimeoutMs: Number.NaN }, /requestTimeoutMs: expected milliseconds above 0.*got NaN/],
    [{ baseURL: 'http://a' }, /baseURL.*known options: publicKey, secretKey, baseUrl/],
    [{ secretKey: 5 }, /secretKey: .*expected string/],
    [
      { headers: { 'bad header': 'value-of-header' } },
      /headers: expected header names and values that HTTP allows; got "bad header"/,
    ],
  ])('of the option %j is refused', (options, message) => {
    const text = messageOf(() => settings({}, options as unknown as LangfuseOptions));

    expect(text).toMatch(message);
    expect(text).not.toContain('value-of-header');
  });

  it('of LANGFUSE_WIRE is refused by its own name', () => {
    expect(messageOf(() => settings({ LANGFUSE_WIRE: 'http' }))).toContain(
      'LANGFUSE_WIRE: expected auto',
    );
  });

  it('is refused without keys too, so that it shows before production', () => {
    expect(messageOf(() => read({ LANGFUSE_WIRE: 'http' }))).toContain('LANGFUSE_WIRE');
  });
});

describe('the name of the environment', () => {
  it.each([
    ['prod', 'prod'],
    ['Production EU', 'production-eu'],
    ['langfuse-prod', 'prod'],
    ['x'.repeat(50), 'x'.repeat(40)],
    ['日本', undefined],
    ['langfuse', undefined],
  ])('%s is sent as %s', (name, sent) => {
    const { environment, notices } = settings({ LANGFUSE_TRACING_ENVIRONMENT: name });

    expect(environment).toBe(sent);
    expect(notices).toHaveLength(name === sent ? 0 : 1);
  });

  it('is told when it had to be changed', () => {
    const told: unknown[] = [];
    const sink = langfuseOtlp({ env: keys, dotenv: false, environment: 'Prod' });

    sink.start?.({
      clock: { now: () => 0, schedule: () => ({ cancel() {} }) },
      diagnose: (one) => told.push(one),
    });

    expect(told).toMatchObject([
      {
        code: 'wire',
        severity: 'warning',
        message: expect.stringContaining('"Prod" is sent as "prod"'),
      },
    ]);
  });
});

it('.env.example holds every variable once, each under its description', () => {
  const properties = [environmentSchema, modelEnvironmentSchema].map(
    (schema) => z.toJSONSchema(schema).properties,
  );
  const expected = Object.entries(Object.assign({}, ...properties) as Record<string, unknown>).map(
    ([name, schema]) => [`# ${(schema as { description?: string }).description}`, name],
  );

  const lines = readFileSync('.env.example', 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const found = Array.from({ length: lines.length / 2 }, (_, index) => [
    lines[index * 2],
    lines[index * 2 + 1]?.replace(/^# /, '').split('=')[0],
  ]);

  expect(found).toEqual(expected);
});

it('names the version of the package', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({
    name: packageName,
    version: packageVersion,
  });
});
