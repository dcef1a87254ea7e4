import { type Clock, systemClock } from './clock.ts';
import type { Activate } from './context.ts';
import type { ConversationPolicy } from './conversation-id.ts';
import { type DiagnosticListener, guarded, printFirstOfEach } from './diagnostics.ts';
import { ConfigError } from './errors.ts';
import { type IdSource, randomIds } from './ids.ts';
import {
  findOptionProblems,
  isFunction,
  type OptionRules,
  type ValueRule,
} from './option-rules.ts';
import type { OutboxLimits } from './outbox.ts';
import { createSampler, type Sampler, type SamplingOptions } from './sampling.ts';
import { createSanitizer, type SanitizeOptions, type Sanitizer } from './sanitize.ts';
import type { Sink } from './sink.ts';

/** Bounds of memory and time. */
export interface LifecycleLimits {
  /** Bytes of JSON that may wait for delivery, approximately; default 64 Mi. Beyond it children go before parents. */
  readonly queueBytes?: number;
  /** The longest time before a record is sent, in milliseconds; default 1,000. */
  readonly flushIntervalMs?: number;
  /** Observations in one batch; default 512. */
  readonly batchRecords?: number;
  /** Bytes of JSON in one batch, approximately; default 2,500,000. */
  readonly batchBytes?: number;
  /** The shortest pause before another try, in milliseconds; default 500. */
  readonly retryBaseMs?: number;
  /** The longest pause before another try, in milliseconds, unless the server asks for more; default 30,000. */
  readonly retryCapMs?: number;
  /** How long `flush()` and `shutdown()` wait by default, in milliseconds; default 10,000. */
  readonly flushTimeoutMs?: number;
}

/** What a lifecycle is made of. */
export interface LifecycleOptions {
  /** Where records go. */
  readonly sink: Sink;
  /** What is redacted and how much is kept. */
  readonly sanitize?: SanitizeOptions;
  /** Additions to the conversation-id policy. */
  readonly conversationId?: ConversationPolicy;
  /** Attributes of the active OpenTelemetry context, asked for at each start when the policy says so. */
  readonly activeAttributes?: () => Readonly<Record<string, unknown>>;
  /**
   * Makes a run or step the active one of another tracing system while its code runs. Default of the main entry:
   * OpenTelemetry's, when the program has registered a context manager.
   */
  readonly activate?: Activate;
  /**
   * What happens when the process ends: open runs are ended and everything is delivered, for at most `timeoutMs`
   * (default 2,000). `false` leaves the process alone.
   */
  readonly interruption?: false | { readonly timeoutMs?: number };
  /** A directory in which what is owed survives a killed process; several processes may share it. Default: none. */
  readonly journalDirectory?: string;
  /** Which traces are sent; default all. */
  readonly sampling?: SamplingOptions;
  readonly limits?: LifecycleLimits;
  /** Told of every problem. Default: the first of each kind goes to stderr. */
  readonly onDiagnostic?: DiagnosticListener;
  readonly clock?: Clock;
  readonly ids?: IdSource;
}

/** The options with everything filled in. */
export interface LifecycleSettings {
  readonly sink: Sink;
  readonly sanitizer: Sanitizer;
  readonly conversationPolicy: ConversationPolicy;
  readonly activeAttributes: (() => Readonly<Record<string, unknown>>) | undefined;
  readonly activate: Activate | undefined;
  readonly outbox: OutboxLimits;
  /** Where what is owed is kept on disk; undefined keeps it in memory only. */
  readonly journalDirectory: string | undefined;
  /** Milliseconds to finish in when the process ends; undefined leaves the process alone. */
  readonly interruptionTimeoutMs: number | undefined;
  readonly flushTimeoutMs: number;
  /** Undefined when everything is sent. */
  readonly sampler: Sampler | undefined;
  readonly diagnose: DiagnosticListener;
  readonly clock: Clock;
  readonly ids: IdSource;
}

const positive: ValueRule = {
  expected: 'a number over 0',
  holds: (value) => typeof value === 'number' && value > 0 && value < Infinity,
};
const callable: ValueRule = { expected: 'a function', holds: isFunction };
const anything: ValueRule = { expected: 'anything', holds: () => true };
const isText = (value: unknown): boolean => typeof value === 'string';
const texts: ValueRule = {
  expected: 'an array of texts',
  holds: (value) => Array.isArray(value) && value.every(isText),
};
const has = (...names: readonly string[]): ValueRule => ({
  expected: `an object with ${names.map((name) => `${name}()`).join(' and ')}`,
  holds: (value) =>
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => isFunction(Reflect.get(value, name))),
});

const rules: OptionRules<LifecycleOptions> = {
  sink: has('send'),
  // Checked where it is used.
  sanitize: anything,
  sampling: anything,
  conversationId: {
    argumentKeys: texts,
    metadataKeys: texts,
    openTelemetry: {
      expected: 'true or false',
      holds: (value) => typeof value === 'boolean',
    },
  },
  journalDirectory: { expected: 'a path', holds: (value) => isText(value) && value !== '' },
  interruption: {
    expected: 'false or { timeoutMs }',
    holds: (value) =>
      value === false || findOptionProblems(value, { timeoutMs: positive }).length === 0,
  },
  activeAttributes: callable,
  activate: callable,
  limits: {
    queueBytes: positive,
    flushIntervalMs: positive,
    batchRecords: positive,
    batchBytes: positive,
    retryBaseMs: positive,
    retryCapMs: positive,
    flushTimeoutMs: positive,
  },
  onDiagnostic: callable,
  clock: has('now', 'schedule'),
  ids: has('traceId', 'spanId'),
};

/** @throws {ConfigError} that names the option, what was expected and what came. */
export function toSettings(options: LifecycleOptions): LifecycleSettings {
  check(options);
  const limits = options.limits ?? {};
  return {
    sink: options.sink,
    sanitizer: createSanitizer(options.sanitize),
    conversationPolicy: options.conversationId ?? {},
    activeAttributes:
      options.conversationId?.openTelemetry === true ? options.activeAttributes : undefined,
    activate: options.activate,
    outbox: {
      maxBytes: limits.queueBytes ?? 64 * 1024 * 1024,
      flushIntervalMs: limits.flushIntervalMs ?? 1_000,
      maxBatchRecords: limits.batchRecords ?? 512,
      maxBatchBytes: limits.batchBytes ?? 2_500_000,
      retry: { baseMs: limits.retryBaseMs ?? 500, capMs: limits.retryCapMs ?? 30_000 },
    },
    journalDirectory: options.journalDirectory,
    interruptionTimeoutMs:
      options.interruption === false ? undefined : (options.interruption?.timeoutMs ?? 2_000),
    flushTimeoutMs: limits.flushTimeoutMs ?? 10_000,
    sampler: options.sampling === undefined ? undefined : createSampler(options.sampling),
    diagnose: guarded(options.onDiagnostic ?? printFirstOfEach()),
    clock: options.clock ?? systemClock,
    ids: options.ids ?? randomIds,
  };
}

function check(options: LifecycleOptions): void {
  const problems = [
    ...findOptionProblems(options, rules),
    // The one option without a default.
    ...(Object(options).sink === undefined
      ? ['sink: expected an object with send(), received nothing']
      : []),
  ];
  if (problems.length > 0) throw new ConfigError(`createLifecycle: ${problems.join('; ')}`);
}
