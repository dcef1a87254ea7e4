import { ConfigError } from '../../src/index.ts';
import type { LangfuseOptions } from './config.ts';
import { isObject } from './values.ts';

interface OptionRule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

const longestTimerMs = 2_147_483_647;

const text: OptionRule = { expected: 'string', holds: (value) => typeof value === 'string' };

// By hand and not a zod schema: every program checks options while it starts, and loading zod costs more than the rest.
const rules: Readonly<Record<keyof LangfuseOptions, OptionRule>> = {
  publicKey: text,
  secretKey: text,
  baseUrl: text,
  environment: text,
  release: text,
  wire: text,
  compression: text,
  requestTimeoutMs: {
    expected: `milliseconds above 0 and up to ${longestTimerMs}`,
    holds: (value) => typeof value === 'number' && value > 0 && value <= longestTimerMs,
  },
  headers: { expected: 'an object of strings', holds: (value) => isRecordOf(value, ['string']) },
  dotenv: { expected: 'boolean', holds: (value) => typeof value === 'boolean' },
  env: {
    expected: 'an object of strings',
    holds: (value) => isRecordOf(value, ['string', 'undefined']),
  },
  fetch: { expected: 'a function', holds: (value) => typeof value === 'function' },
};

/**
 * Checks the form of options; undefined counts as not given.
 *
 * @throws {ConfigError} that names fields and types, and no value that may be a key.
 */
export function assertOptions(options: LangfuseOptions): void {
  const problems = findProblems(options);
  if (problems.length > 0) throw new ConfigError(`Langfuse options: ${problems.join('; ')}.`);
  assertHeaders(options.headers ?? {});
}

function findProblems(options: unknown): readonly string[] {
  if (!isObject(options)) return [`expected an object, got ${typeName(options)}`];
  return Object.entries(options).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof LangfuseOptions] : undefined;
    if (rule === undefined)
      return [`no option is called ${name} (known options: ${Object.keys(rules).join(', ')})`];
    if (value === undefined || rule.holds(value)) return [];
    const got = typeof value === 'number' ? String(value) : typeName(value);
    return [`${name}: expected ${rule.expected}; got ${got}`];
  });
}

function isRecordOf(value: unknown, types: readonly string[]): boolean {
  return isObject(value) && Object.values(value).every((one) => types.includes(typeof one));
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

// RFC 9110: a name is a token; a value holds no control characters, and is sent as Latin-1 without blanks around it.
const headerName = /^[\w!#$%&'*+.^`|~-]+$/;
const headerValue = /^[\t\x20-\x7E\x80-\xFF]*$/;

function assertHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (headerName.test(name) && headerValue.test(value.trim())) continue;
    throw new ConfigError(
      `headers: expected header names and values that HTTP allows; got ${JSON.stringify(name)} with a value of ${value.length} characters.`,
    );
  }
}
