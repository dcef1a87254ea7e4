import { z } from 'zod';
import { type ErrorFacts, type ReactFacts, reasonsByStatus } from './ending.ts';
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

/** A schema for each type of event. */
export type EventSchemas = {
  readonly [Type in LifecycleEvent['type']]: z.ZodType<Extract<LifecycleEvent, { type: Type }>>;
};

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

/** The schema of each type of event. */
export const eventSchemas: EventSchemas = {
  'run-start': runStartSchema,
  'run-update': runUpdateSchema,
  'run-end': runEndSchema,
  'step-start': stepStartSchema,
  'step-update': stepUpdateSchema,
  'step-end': stepEndSchema,
};
