import * as types from 'node:util/types';
import { boundLabel } from './sanitize/bounded-text.ts';
import { ConfigError } from './errors.ts';
import { createKeyReader } from './sanitize/key-reader.ts';
import { createRedactor, noRedaction } from './sanitize/redaction.ts';
import { rememberClean } from './sanitize/remember-clean.ts';
import { type Snapshot, takeSnapshot } from './sanitize/snapshot.ts';
import type { SanitizeLimits, SnapshotRules } from './sanitize/snapshot-walk.ts';

export type { JsonValue } from './json.ts';
export type { Snapshot } from './sanitize/snapshot.ts';
export type { SanitizeLimits } from './sanitize/snapshot-walk.ts';

/** What is kept out of traces, and how much goes in. Everything is optional. */
export interface SanitizeOptions {
  /**
   * More keys whose values are secrets: a string names a whole key, whatever its case and separators; a pattern is
   * tested against the key as it is written. `{ replace }` puts them in the place of the built-in list.
   */
  readonly keys?: readonly (string | RegExp)[] | { readonly replace: readonly (string | RegExp)[] };
  /** More shapes of secrets, each match is redacted. Patterns must be linear. `{ replace }` drops the built-in ones. */
  readonly values?: readonly RegExp[] | { readonly replace: readonly RegExp[] };
  /** Switches redaction off; everything is still bounded. */
  readonly redact?: false;
  readonly limits?: Partial<SanitizeLimits>;
}

/** Turns values of the host into plain, bounded, redacted JSON. Never throws, never changes or keeps what it is given. */
export interface Sanitizer {
  /** A copy of any value as JSON. */
  readonly snapshot: (value: unknown) => Snapshot;
  /**
   * Any value as one line of a name, id, tag or message, at most `maxLength` UTF-16 units with the marker that says
   * what was cut. Null and undefined are ''.
   */
  readonly text: (value: unknown, maxLength: number) => string;
}

const defaultLimits: SanitizeLimits = {
  maxDepth: 32,
  maxEntries: 1_000,
  maxStringLength: 262_144,
  // Three of them (input, output, metadata) fit in a request to Langfuse, which takes 4.5 MB.
  maxTotalSize: 1_000_000,
};
// Deeper, the walk itself could overflow the stack.
const deepest = 256;
const limitNames = ['maxDepth', 'maxEntries', 'maxStringLength', 'maxTotalSize'] as const;

/** Throws a {@link ConfigError} on options that cannot work; what it returns never throws. */
export function createSanitizer(options: SanitizeOptions = {}): Sanitizer {
  checkOptions(options);
  const redactor = options.redact === false ? noRedaction : createRedactor(options);
  const rules: SnapshotRules = {
    limits: toLimits(options.limits),
    clean: redactor.text,
    cleanAgain: rememberClean(redactor.text),
    keys: createKeyReader(redactor),
  };
  return {
    snapshot: (value) => {
      try {
        return takeSnapshot(value, rules);
      } catch {
        return { value: '[unreadable]', size: 14 };
      }
    },
    text: (value, maxLength) => {
      const limit = Number.isFinite(maxLength) ? Math.max(0, Math.floor(maxLength)) : 0;
      try {
        return boundLabel(toLabel(value, rules), { limit, clean: rules.clean });
      } catch {
        return '[unreadable]'.slice(0, limit);
      }
    },
  };
}

function toLabel(value: unknown, rules: SnapshotRules): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  const source = types.isNativeError(value) ? `${value.name}: ${value.message}` : value;
  const copy = takeSnapshot(source, rules).value;
  return typeof copy === 'string' ? copy : (JSON.stringify(copy) ?? '');
}

function toLimits(limits: Partial<SanitizeLimits> = {}): SanitizeLimits {
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  return { ...defaultLimits, ...Object.fromEntries(given) };
}

function checkOptions(options: SanitizeOptions): void {
  const known = ['keys', 'values', 'redact', 'limits'];
  checkNames('sanitize', options, known);
  if (options.redact ?? false) {
    throw new ConfigError(
      `sanitize.redact: expected false or nothing, received ${describe(options.redact)}. Leave it out to redact.`,
    );
  }
  checkList('keys', options.keys, isKey);
  checkList('values', options.values, types.isRegExp);
  checkNames('sanitize.limits', options.limits ?? {}, limitNames);
  for (const name of limitNames) checkLimit(name, options.limits?.[name]);
}

function isKey(value: unknown): boolean {
  return types.isRegExp(value) || (typeof value === 'string' && /[\p{L}\p{N}]/u.test(value));
}

function checkNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigError(`${where}: expected an object, received ${describe(options)}.`);
  }
  const unknownName = Object.keys(options).find((name) => !known.includes(name));
  if (unknownName === undefined) return;
  throw new ConfigError(
    `${where}: expected only ${known.join(', ')}, received "${unknownName}". Remove it or correct its name.`,
  );
}

function checkList(
  name: 'keys' | 'values',
  option: SanitizeOptions['keys'],
  isItem: (item: unknown) => boolean,
): void {
  if (option === undefined) return;
  const list: unknown =
    typeof option === 'object' && option !== null && 'replace' in option ? option.replace : option;
  const items =
    name === 'keys'
      ? 'strings with a letter or digit, or regular expressions'
      : 'regular expressions';
  if (!Array.isArray(list)) {
    throw new ConfigError(
      `sanitize.${name}: expected an array of ${items}, or { replace: […] } with one, received ${describe(list)}.`,
    );
  }
  const index = list.findIndex((item: unknown) => !isItem(item));
  if (index === -1) return;
  throw new ConfigError(
    `sanitize.${name}[${index}]: expected ${items}, received ${describe(list[index])}.`,
  );
}

function checkLimit(name: keyof SanitizeLimits, limit: unknown): void {
  if (limit === undefined) return;
  const largest = name === 'maxDepth' ? deepest : Number.MAX_SAFE_INTEGER;
  const isWhole = typeof limit === 'number' && Number.isInteger(limit);
  if (isWhole && limit >= 0 && limit <= largest) return;
  throw new ConfigError(
    `sanitize.limits.${name}: expected a whole number from 0 to ${largest}, received ${describe(limit)}. ` +
      `Leave it out for ${defaultLimits[name]}.`,
  );
}

function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
