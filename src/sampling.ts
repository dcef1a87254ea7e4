import { ConfigError } from './errors.ts';
import type { LifecycleRecord } from './records.ts';

/** Which traces are sent. */
export interface SamplingOptions {
  /** The share of traces that is sent, from 0 to 1; default 1. The trace id decides, so every process decides alike. */
  readonly rate?: number;
  /** Traces that are sent whatever the rate. */
  readonly keep?: KeepRules;
}

/** Rules about what a run has become; one run of a trace that meets one keeps the whole trace. */
export interface KeepRules {
  /** Runs that ended at level ERROR: every failure, max iterations included, but not what the caller aborted or left. */
  readonly errors?: boolean;
  /** Runs that ended at their iteration limit. */
  readonly maxIterations?: boolean;
  /** Runs that took longer than this, in milliseconds. */
  readonly overDurationMs?: number;
  /** Runs of these names: a text is a whole name. */
  readonly names?: readonly (string | RegExp)[];
}

/** Decides about traces. Pure: the same answer for the same question, in every process. */
export interface Sampler {
  /** The decision by trace id alone. */
  isSampled(traceId: string): boolean;
  /** Whether this record alone is a reason to keep its trace, whatever the rate. */
  isKept(record: LifecycleRecord): boolean;
  /** Whether a record that is still to come could be a reason: then nothing may be dropped before the run's end. */
  readonly hasKeepRules: boolean;
}

/**
 * Makes a sampler.
 *
 * @throws {ConfigError} when an option has a form that cannot work.
 */
export function createSampler(options: SamplingOptions = {}): Sampler {
  checkOptions(options);
  const { rate = 1, keep = {} } = options;
  const rules = toRules(keep);
  return {
    isSampled: (traceId) => rate >= 1 || sampleValue(traceId) < rate,
    isKept: (record) => record.role !== 'step' && rules.some((rule) => rule(record)),
    hasKeepRules: rules.length > 0,
  };
}

/**
 * Where a trace id lies between 0 and 1: a trace is sampled when that is below the rate.
 *
 * The formula is the one of the `langfuse` client 3.x, so that a trace that two of them write to is kept by both or by
 * none: a polynomial hash of the characters with the factor 31 in 32 bits, mixed twice with 0x45d9f3b.
 */
export function sampleValue(traceId: string): number {
  let hash = 0;
  for (let index = 0; index < traceId.length; index += 1)
    hash = (hash * 31 + traceId.charCodeAt(index)) >>> 0;
  // Products beyond 2 ** 53 are rounded, there as here: with exact ones the decisions would differ.
  hash = ((hash >>> 16) ^ hash) * 0x45d9f3b;
  hash = ((hash >>> 16) ^ hash) * 0x45d9f3b;
  hash = (hash >>> 16) ^ hash;
  return Math.abs(hash) / 0x7fffffff;
}

type Rule = (record: LifecycleRecord) => boolean;

function toRules({
  errors,
  maxIterations,
  overDurationMs,
  names = [],
}: KeepRules): readonly Rule[] {
  const rules: Rule[] = [];
  if (errors === true) rules.push(({ phase, level }) => phase === 'ended' && level === 'ERROR');
  if (maxIterations === true) {
    rules.push(
      ({ phase, metadata }) => phase === 'ended' && metadata['reason'] === 'max_iterations',
    );
  }
  if (overDurationMs !== undefined) {
    rules.push(
      (record) => record.phase === 'ended' && record.endTime - record.startTime > overDurationMs,
    );
  }
  const matchers = names.map(toMatcher);
  if (matchers.length > 0) rules.push(({ name }) => matchers.some((matches) => matches(name)));
  return rules;
}

function toMatcher(name: string | RegExp): (text: string) => boolean {
  if (typeof name === 'string') return (text) => text === name;
  // With `g` or `y` a pattern remembers where it was, and every second answer would be another.
  const pattern = new RegExp(name.source, name.flags.replaceAll(/[gy]/g, ''));
  return (text) => pattern.test(text);
}

const ruleNames = ['errors', 'maxIterations', 'overDurationMs', 'names'] as const;

function checkOptions(options: SamplingOptions): void {
  checkNames('sampling', options, ['rate', 'keep']);
  const { rate, keep } = options;
  if (rate !== undefined && !(typeof rate === 'number' && rate >= 0 && rate <= 1)) {
    throw new ConfigError(
      `sampling.rate: expected a number from 0 to 1, received ${describe(rate)}. Leave it out to send every trace.`,
    );
  }
  if (keep !== undefined) checkKeep(keep);
}

function checkKeep(keep: KeepRules): void {
  checkNames('sampling.keep', keep, ruleNames);
  for (const name of ['errors', 'maxIterations'] as const) {
    const value: unknown = keep[name];
    if (value !== undefined && typeof value !== 'boolean') {
      throw new ConfigError(
        `sampling.keep.${name}: expected true or false, received ${describe(value)}. Leave it out for false.`,
      );
    }
  }
  const { overDurationMs, names } = keep;
  if (overDurationMs !== undefined && !(Number.isFinite(overDurationMs) && overDurationMs >= 0)) {
    throw new ConfigError(
      `sampling.keep.overDurationMs: expected milliseconds from 0 on, received ${describe(overDurationMs)}. Leave it out to keep none for its duration.`,
    );
  }
  if (names === undefined) return;
  if (!Array.isArray(names)) {
    throw new ConfigError(
      `sampling.keep.names: expected an array of names and patterns, received ${describe(names)}.`,
    );
  }
  const index = names.findIndex(
    (name: unknown) => !(name instanceof RegExp || (typeof name === 'string' && name !== '')),
  );
  if (index === -1) return;
  throw new ConfigError(
    `sampling.keep.names[${index}]: expected a name or a regular expression, received ${describe(names[index])}.`,
  );
}

function checkNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ConfigError(`${where}: expected an object, received ${describe(options)}.`);
  }
  const unknownName = Object.keys(options).find((name) => !known.includes(name));
  if (unknownName === undefined) return;
  throw new ConfigError(
    `${where}: expected only ${known.join(', ')}, received "${unknownName}". Remove it or correct its name.`,
  );
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null)
    return String(value);
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
