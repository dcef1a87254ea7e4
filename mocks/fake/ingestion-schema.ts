import { z } from 'zod';
import { dateTimeSchema } from './date-time-schema.ts';
import { normalizeEnvironment } from './environment-name.ts';
import { isRecord } from './json-value.ts';
import { scoreBodySchema } from './score-schema.ts';
import type { ScoreBody } from './score-schema.ts';
import { costDetailsSchema, usageDetailsSchema, usageSchema } from './usage-schema.ts';
import type { Usage } from './usage-schema.ts';

type Maybe<T> = T | null | undefined;

/** What a trace-create event may say; unknown keys are gone. */
export interface TraceBody {
  readonly id?: Maybe<string>;
  readonly timestamp?: Maybe<string>;
  readonly name?: Maybe<string>;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly sessionId?: Maybe<string>;
  readonly userId?: Maybe<string>;
  readonly environment: string;
  readonly metadata?: unknown;
  readonly release?: Maybe<string>;
  readonly version?: Maybe<string>;
  readonly public?: Maybe<boolean>;
  readonly tags?: Maybe<readonly string[]>;
}

/** What an observation event may say; which fields there are depends on its type. */
export interface ObservationBody {
  readonly id?: Maybe<string>;
  readonly type?: string;
  readonly traceId?: Maybe<string>;
  readonly environment?: string;
  readonly name?: Maybe<string>;
  readonly startTime?: Maybe<string>;
  readonly endTime?: Maybe<string>;
  readonly completionStartTime?: Maybe<string>;
  readonly metadata?: unknown;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly level?: Maybe<string>;
  readonly statusMessage?: Maybe<string>;
  readonly parentObservationId?: Maybe<string>;
  readonly version?: Maybe<string>;
  readonly model?: Maybe<string>;
  readonly modelParameters?: Maybe<Readonly<Record<string, unknown>>>;
  readonly usage?: Maybe<Usage>;
  readonly usageDetails?: Maybe<Readonly<Record<string, number>>>;
  readonly costDetails?: Maybe<Readonly<Record<string, number>>>;
  readonly promptName?: Maybe<string>;
  readonly promptVersion?: Maybe<number>;
}

interface Envelope {
  readonly id: string;
  readonly timestamp: string;
}

/** An event that passed the schema. */
export type IngestionEvent = Envelope &
  (
    | { readonly kind: 'trace'; readonly type: string; readonly body: TraceBody }
    | { readonly kind: 'observation'; readonly type: string; readonly body: ObservationBody }
    | { readonly kind: 'score'; readonly type: string; readonly body: ScoreBody }
    | { readonly kind: 'log'; readonly type: string }
  );

/** The event, or the text of what is wrong with it (zod's, as the server answers it). */
export type ParsedEvent =
  | { readonly type: 'event'; readonly event: IngestionEvent }
  | { readonly type: 'invalid'; readonly error: string };

/** Event types that only servers from 3.98.2 on know. */
export const newerEventTypes: ReadonlySet<string> = new Set(
  ['agent', 'tool', 'chain', 'retriever', 'evaluator', 'embedding', 'guardrail'].map(
    (kind) => `${kind}-create`,
  ),
);

/** Checks one item of a batch; `knows` says whether the server's version has that event type. */
export function parseEvent(item: unknown, knows: (type: string) => boolean): ParsedEvent {
  if (!isRecord(item)) return invalid([notAnObject(item)]);
  const type = item['type'];
  if (typeof type !== 'string' || !knows(type)) return invalid([noMatch('type', ['type'])]);
  const body = Object.hasOwn(bodySchemas, type)
    ? bodySchemas[type]
    : scoreSchemaFor(type, item['body']);
  if (body === undefined) {
    return invalid([
      type === 'score-create'
        ? noMatch('dataType', ['body', 'dataType'])
        : noMatch('type', ['type']),
    ]);
  }
  const parsed = z.object({ ...envelope, body: body.schema }).safeParse(item);
  if (!parsed.success) return { type: 'invalid', error: parsed.error.message };
  const { id, timestamp } = parsed.data;
  // Each schema yields the body of its own kind; zod cannot tell that across the table.
  const event = { id, timestamp, type, kind: body.kind, body: parsed.data.body } as IngestionEvent;
  return { type: 'event', event };
}

const idSchema = z
  .string()
  .min(1)
  .max(800)
  .refine((id) => !id.includes('\r'), { message: 'ID cannot contain carriage return characters' });

const text = z.string().nullish();
const anything = z.unknown().optional();
const environment = anything.transform(normalizeEnvironment);
const time = dateTimeSchema.nullish();
const levelSchema = z.enum(['DEBUG', 'DEFAULT', 'WARNING', 'ERROR']).nullish();

const envelope = { id: idSchema, timestamp: dateTimeSchema, metadata: anything };

const traceBody = z.object({
  id: idSchema.nullish(),
  timestamp: time,
  name: z.string().max(1000).nullish(),
  externalId: text,
  input: anything,
  output: anything,
  sessionId: text,
  userId: text,
  environment,
  metadata: anything,
  release: text,
  version: text,
  public: z.boolean().nullish(),
  tags: z.array(z.string()).nullish(),
});

const eventFields = {
  traceId: idSchema.nullish(),
  environment,
  name: text,
  startTime: time,
  metadata: anything,
  input: anything,
  output: anything,
  level: levelSchema,
  statusMessage: text,
  parentObservationId: text,
  version: text,
  id: idSchema,
};

const spanFields = { ...eventFields, endTime: time };

const scalar = [z.string(), z.number(), z.boolean()] as const;
const modelParameters = z
  .record(
    z.string(),
    z.union([...scalar, z.array(z.string()), z.record(z.string(), z.string())]).nullish(),
  )
  .nullish();

const modelFields = {
  completionStartTime: time,
  model: text,
  modelParameters,
  usage: usageSchema,
  usageDetails: usageDetailsSchema,
  costDetails: costDetailsSchema,
};

const generationBody = z
  .object({
    ...spanFields,
    ...modelFields,
    promptName: text,
    promptVersion: z.number().int().nullish(),
  })
  .refine((body) => Boolean(body.promptName) === Boolean(body.promptVersion));

const olderObservationBody = z.object({
  ...spanFields,
  ...modelFields,
  id: idSchema.nullish(),
  type: z.enum(['GENERATION', 'SPAN', 'EVENT']),
  modelParameters: z.record(z.string(), z.union(scalar).nullish()).nullish(),
});

interface BodySchema {
  readonly kind: IngestionEvent['kind'];
  readonly schema: z.ZodType;
}

const observation = (schema: z.ZodType): BodySchema => ({ kind: 'observation', schema });

const bodySchemas: Readonly<Record<string, BodySchema>> = {
  'trace-create': { kind: 'trace', schema: traceBody },
  'event-create': observation(z.object(eventFields)),
  'span-create': observation(z.object(spanFields)),
  'span-update': observation(z.object(spanFields)),
  'generation-create': observation(generationBody),
  'generation-update': observation(generationBody),
  'observation-create': observation(olderObservationBody),
  'observation-update': observation(olderObservationBody),
  'sdk-log': { kind: 'log', schema: z.object({ log: anything, id: text }) },
  ...Object.fromEntries([...newerEventTypes].map((type) => [type, observation(generationBody)])),
};

function scoreSchemaFor(type: string, body: unknown): BodySchema | undefined {
  if (type !== 'score-create') return undefined;
  const schema = scoreBodySchema(isRecord(body) ? body['dataType'] : undefined);
  return schema && { kind: 'score', schema };
}

function invalid(issues: readonly unknown[]): ParsedEvent {
  return { type: 'invalid', error: JSON.stringify(issues, null, 2) };
}

function notAnObject(item: unknown): unknown {
  const received = Array.isArray(item) ? 'array' : item === null ? 'null' : typeof item;
  const message = `Invalid input: expected object, received ${received}`;
  return { code: 'invalid_type', expected: 'object', path: [], message };
}

function noMatch(discriminator: string, path: readonly string[]): unknown {
  const note = 'No matching discriminator';
  return { code: 'invalid_union', errors: [], note, discriminator, path, message: 'Invalid input' };
}
