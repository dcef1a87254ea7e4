import { z } from 'zod';
import { type ErrorFacts, type ReactFacts, reasonsByStatus } from './ending.ts';
import { EventError, type EventIssue } from './errors.ts';
import {
  type LifecycleEvent,
  lifecycleEventVersion,
  type RunEndEvent,
  type RunStartEvent,
  type RunUpdateEvent,
  type StepEndEvent,
  type StepStartEvent,
  type StepUpdateEvent,
} from './events.ts';
import { observationKinds } from './records.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Flat<T> = { [Key in keyof T]: T[Key] };

/** Ties a schema to its hand-written type: a field missing, added or optional on one side only does not compile. */
function exactly<T>() {
  return <S extends z.ZodType<T>>(
    schema: S &
      (Equal<Flat<z.output<S>>, Flat<T>> extends true ? unknown : 'the schema and the type differ'),
  ): z.ZodType<T> => schema;
}

const id = z.string().min(1).max(200).regex(/\S/, 'must not be blank');
const name = z.string().min(1).max(1000).regex(/\S/, 'must not be blank');
const time = z.union([
  z.number().nonnegative(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
]);
const metadata = z.record(z.string(), z.unknown()).readonly();
const tags = z.array(z.string()).max(50).readonly();
const tokens = z.number().nonnegative().exactOptional();
const dollars = z.number().nonnegative().exactOptional();
const kind = z.enum(observationKinds);

const errorFactsSchema: z.ZodType<ErrorFacts> = z.lazy(() =>
  z
    .strictObject({
      type: z.string(),
      message: z.string(),
      stack: z.string().exactOptional(),
      code: z.union([z.string(), z.number()]).exactOptional(),
      cause: errorFactsSchema.exactOptional(),
      errors: z.array(errorFactsSchema).readonly().exactOptional(),
    })
    .readonly(),
);

const reactFactsSchema = exactly<ReactFacts>()(
  z
    .strictObject({
      iterations: z.number().int().nonnegative(),
      maxIterations: z.number().int().nonnegative(),
      toolsUsed: z.array(z.string()).readonly(),
      lastObservation: z.unknown().exactOptional(),
    })
    .readonly(),
);

const base = {
  eventVersion: z.literal(lifecycleEventVersion).exactOptional(),
  runId: id,
  timestamp: time,
};

const runStartSchema = exactly<RunStartEvent>()(
  z
    .strictObject({
      ...base,
      type: z.literal('run-start'),
      name,
      traceId: z
        .string()
        .regex(/^(?!0+$)[0-9a-f]{32}$/, 'must be 32 lower-case hex digits, not all zero')
        .exactOptional(),
      parentRunId: id.exactOptional(),
      parentStepId: id.exactOptional(),
      kind: kind.exactOptional(),
      input: z.unknown().exactOptional(),
      conversationId: z.string().exactOptional(),
      conversationSource: z.string().exactOptional(),
      conversationConflict: z.array(z.string()).readonly().exactOptional(),
      userId: z.string().exactOptional(),
      tags: tags.exactOptional(),
      metadata: metadata.exactOptional(),
      version: z.string().exactOptional(),
      maxIterations: z.number().int().nonnegative().exactOptional(),
      resumeOf: id.exactOptional(),
      retryOf: id.exactOptional(),
      framework: z.string().exactOptional(),
    })
    .readonly(),
);

const runUpdateSchema = exactly<RunUpdateEvent>()(
  z
    .strictObject({
      ...base,
      type: z.literal('run-update'),
      name: name.exactOptional(),
      input: z.unknown().exactOptional(),
      output: z.unknown().exactOptional(),
      completionStartTime: time.exactOptional(),
      conversationId: z.string().exactOptional(),
      conversationSource: z.string().exactOptional(),
      userId: z.string().exactOptional(),
      tags: tags.exactOptional(),
      metadata: metadata.exactOptional(),
      version: z.string().exactOptional(),
    })
    .readonly(),
);

const runEnd = {
  ...base,
  type: z.literal('run-end'),
  name: name.exactOptional(),
  metadata: metadata.exactOptional(),
};

const runEndSchema = exactly<RunEndEvent>()(
  z.discriminatedUnion('status', [
    z
      .strictObject({
        ...runEnd,
        status: z.literal('completed'),
        reason: z.enum(reasonsByStatus.completed).exactOptional(),
        output: z.unknown().exactOptional(),
      })
      .readonly(),
    z
      .strictObject({
        ...runEnd,
        status: z.literal('error'),
        reason: z.enum(reasonsByStatus.error).exactOptional(),
        error: errorFactsSchema,
        partialOutput: z.unknown().exactOptional(),
        react: reactFactsSchema.exactOptional(),
      })
      .readonly(),
    z
      .strictObject({
        ...runEnd,
        status: z.literal('suspended'),
        reason: z.enum(reasonsByStatus.suspended).exactOptional(),
        pending: z.array(z.unknown()).readonly(),
      })
      .readonly(),
  ]),
);

const stepFacts = {
  name: name.exactOptional(),
  kind: kind.exactOptional(),
  input: z.unknown().exactOptional(),
  output: z.unknown().exactOptional(),
  model: z.string().exactOptional(),
  modelParameters: metadata.exactOptional(),
  usage: z
    .strictObject({
      input: tokens,
      output: tokens,
      total: tokens,
      cacheRead: tokens,
      cacheWrite: tokens,
      reasoning: tokens,
    })
    .readonly()
    .exactOptional(),
  cost: z
    .strictObject({ input: dollars, output: dollars, total: dollars })
    .readonly()
    .exactOptional(),
  completionStartTime: time.exactOptional(),
  prompt: z
    .strictObject({ name: z.string(), version: z.number().int().nonnegative() })
    .readonly()
    .exactOptional(),
  level: z.enum(['DEBUG', 'DEFAULT', 'WARNING', 'ERROR']).exactOptional(),
  statusMessage: z.string().exactOptional(),
  metadata: metadata.exactOptional(),
};

const stepStartSchema = exactly<StepStartEvent>()(
  z
    .strictObject({
      ...base,
      ...stepFacts,
      type: z.literal('step-start'),
      stepId: id,
      name,
      parentStepId: id.exactOptional(),
    })
    .readonly(),
);

const stepUpdateSchema = exactly<StepUpdateEvent>()(
  z.strictObject({ ...base, ...stepFacts, type: z.literal('step-update'), stepId: id }).readonly(),
);

const stepEndSchema = exactly<StepEndEvent>()(
  z
    .strictObject({
      ...base,
      ...stepFacts,
      type: z.literal('step-end'),
      stepId: id,
      parentStepId: id.exactOptional(),
      startTime: time.exactOptional(),
      error: errorFactsSchema.exactOptional(),
      failure: z.enum(['error', 'aborted', 'suspended']).exactOptional(),
    })
    .readonly(),
);

/** The schema of a lifecycle event, for validation in other places and for JSON Schema. */
export const lifecycleEventSchema: z.ZodType<LifecycleEvent> = exactly<LifecycleEvent>()(
  z.union([
    runStartSchema,
    runUpdateSchema,
    runEndSchema,
    stepStartSchema,
    stepUpdateSchema,
    stepEndSchema,
  ]),
);

const schemaByType = {
  'run-start': runStartSchema,
  'run-update': runUpdateSchema,
  'run-end': runEndSchema,
  'step-start': stepStartSchema,
  'step-update': stepUpdateSchema,
  'step-end': stepEndSchema,
} as const;

/**
 * Reads a value as a lifecycle event; an absent timestamp becomes `now`, an ISO-8601 one milliseconds.
 *
 * @throws {EventError} that names each wrong field, what was expected there and what came.
 */
export function parseLifecycleEvent(value: unknown, now: number): LifecycleEvent {
  try {
    return readEvent(value, now);
  } catch (error) {
    if (error instanceof EventError) throw error;
    // A getter may throw, and causes may be nested so deeply that the stack overflows.
    throw eventError([{ field: '', expected: 'fields that can be read', received: 'others' }]);
  }
}

function readEvent(value: unknown, now: number): LifecycleEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw eventError([{ field: '', expected: 'an object', received: describe(value) }]);
  }
  const type: unknown = 'type' in value ? value.type : undefined;
  if (!isEventType(type)) {
    const expected = Object.keys(schemaByType).join(' | ');
    throw eventError([{ field: 'type', expected, received: describe(type) }]);
  }
  const stamped =
    'timestamp' in value && value.timestamp !== undefined ? value : { ...value, timestamp: now };
  const result = schemaByType[type].safeParse(stamped);
  if (result.success) return result.data;
  throw eventError(result.error.issues.flatMap((issue) => toEventIssues(issue, stamped)));
}

function isEventType(type: unknown): type is keyof typeof schemaByType {
  return typeof type === 'string' && Object.hasOwn(schemaByType, type);
}

function eventError(issues: readonly EventIssue[]): EventError {
  const list = issues.map(
    ({ field, expected, received }) =>
      `${field === '' ? 'event' : field}: expected ${expected}, received ${received}`,
  );
  return new EventError(`Not a lifecycle event: ${list.join('; ')}`, issues);
}

function toEventIssues(issue: z.core.$ZodIssue, event: object): readonly EventIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      expected: 'no such field',
      received: 'one; check its spelling',
    }));
  }
  const received = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    event,
  );
  return [
    { field: issue.path.join('.'), expected: expectation(issue), received: describe(received) },
  ];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return issue.values.map(String).join(' | ');
    case 'too_big':
      return `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `at least ${issue.minimum}`;
    case 'invalid_format':
      return `a text that ${issue.message}`;
    case 'invalid_union':
      return expectationOfUnion(issue);
    default:
      return issue.message;
  }
}

function expectationOfUnion(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.path.at(-1) === 'status') return Object.keys(reasonsByStatus).join(' | ');
  if (/time/i.test(String(issue.path.at(-1))))
    return 'milliseconds since the epoch or an ISO-8601 text';
  return issue.errors.flatMap((issues) => issues.map(expectation)).join(' or ');
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string')
    return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return article(typeof value);
}
