import { normalizeEnvironment } from './environment-name.ts';
import { asList, isRecord, toNumber, toStoredText } from './json-value.ts';
import type { JsonRecord } from './json-value.ts';
import { findIo, leftoverAttributes } from './observation-io.ts';
import { observationTypeOfSpan } from './observation-type.ts';
import { firstText, jsonOf, toAttributes } from './otlp-attributes.ts';
import type { Attributes } from './otlp-attributes.ts';

/** What Langfuse takes from one OTLP span, before it becomes a v4 row or v1 events. */
export interface SpanFacts {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly type: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly environment: string;
  readonly version: unknown;
  readonly release: unknown;
  readonly level: string;
  readonly statusMessage: unknown;
  readonly traceName: unknown;
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly tags: readonly string[];
  readonly public: boolean | undefined;
  readonly input: unknown;
  readonly output: unknown;
  readonly observationMetadata: JsonRecord;
  readonly traceMetadata: JsonRecord;
  /** Resource and scope, and for other scopes than Langfuse's own the leftover attributes. */
  readonly instrumentation: JsonRecord;
  readonly resource: Attributes;
  readonly attributes: Attributes;
}

/** The facts of every span of an export, in its order. */
export function spanFactsOf(resourceSpans: unknown, nowMs: number): readonly SpanFacts[] {
  return asList(resourceSpans)
    .filter(isRecord)
    .flatMap((group) => {
      const resource = toAttributes(
        isRecord(group['resource']) ? group['resource']['attributes'] : [],
      );
      return asList(group['scopeSpans'])
        .filter(isRecord)
        .flatMap((scopeSpans) => {
          const scope = isRecord(scopeSpans['scope']) ? scopeSpans['scope'] : {};
          return asList(scopeSpans['spans'])
            .filter(isRecord)
            .map((span) => toFacts({ span, scope, resource, nowMs }));
        });
    });
}

interface SpanContext {
  readonly span: JsonRecord;
  readonly scope: JsonRecord;
  readonly resource: Attributes;
  readonly nowMs: number;
}

function toFacts({ span, scope, resource, nowMs }: SpanContext): SpanFacts {
  const attributes = toAttributes(span['attributes']);
  const scopeName = typeof scope['name'] === 'string' ? scope['name'] : '';
  return {
    traceId: toId(span['traceId']),
    spanId: toId(span['spanId']),
    parentSpanId: span['parentSpanId'] ? toId(span['parentSpanId']) : '',
    name: nameOf(span['name'], attributes),
    type: observationTypeOfSpan(attributes),
    ...timesOf(span, nowMs),
    environment: environmentOf(attributes, resource),
    version: attributes['langfuse.version'] ?? resource['service.version'],
    release: attributes['langfuse.release'] ?? resource['langfuse.release'],
    ...statusOf(span, attributes),
    traceName: attributes['langfuse.trace.name'],
    userId: firstText(attributes, userKeys),
    sessionId: firstText(attributes, sessionKeys),
    tags: tagsOf(attributes),
    public: publicOf(attributes),
    ...findIo({ attributes, events: span['events'], scopeName }),
    observationMetadata: metadataOf(attributes, 'langfuse.observation.metadata'),
    traceMetadata: metadataOf(attributes, 'langfuse.trace.metadata'),
    instrumentation: {
      ...(scopeName.startsWith('langfuse-sdk')
        ? {}
        : { attributes: leftoverAttributes(attributes) }),
      resourceAttributes: resource,
      scope: { ...scope, attributes: toAttributes(scope['attributes']) },
    },
    resource,
    attributes,
  };
}

/** Beyond this, in milliseconds from the epoch, JavaScript has no dates. */
export const latestDateMs = 8_640_000_000_000_000;

const userKeys = [
  'langfuse.user.id',
  'user.id',
  'langfuse.observation.metadata.langfuse_user_id',
  'langfuse.trace.metadata.langfuse_user_id',
  'ai.telemetry.metadata.userId',
];

const sessionKeys = [
  'langfuse.session.id',
  'session.id',
  'gen_ai.conversation.id',
  'langfuse.observation.metadata.langfuse_session_id',
  'langfuse.trace.metadata.langfuse_session_id',
  'ai.telemetry.metadata.sessionId',
];

const tagKeys = [
  'langfuse.trace.tags',
  'langfuse.tags',
  'langfuse.observation.metadata.langfuse_tags',
  'langfuse.trace.metadata.langfuse_tags',
  'ai.telemetry.metadata.tags',
  'tag.tags',
];

const environmentKeys = [
  'langfuse.environment',
  'deployment.environment.name',
  'deployment.environment',
];

const levels: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['DEBUG', 'TRACE', 'VERBOSE'].map((name) => [name, 'DEBUG'])),
  ...Object.fromEntries(
    ['DEFAULT', 'INFO', 'LOG', 'NOTICE', 'OK', 'SUCCESS'].map((name) => [name, 'DEFAULT']),
  ),
  ...Object.fromEntries(['WARNING', 'WARN'].map((name) => [name, 'WARNING'])),
  ...Object.fromEntries(['ERROR', 'FATAL', 'CRITICAL'].map((name) => [name, 'ERROR'])),
};

// Text ids are taken as they are; an array of bytes becomes hex.
/** An id of an OTLP span as hex text, whichever JSON form it came in. */
export function toId(value: unknown): string {
  return typeof value === 'string'
    ? value
    : Buffer.from(asList(value).map(toNumber)).toString('hex');
}

function nameOf(name: unknown, attributes: Attributes): string {
  const named = firstText(attributes, ['gen_ai.tool.name', 'logfire.msg', 'ai.toolCall.name']);
  if (named !== undefined) return named;
  const operation = attributes['ai.operationId'];
  if (operation === undefined) return typeof name === 'string' ? name : '';
  const functionId = attributes['ai.telemetry.functionId'];
  const prefix = functionId ? `${toStoredText(functionId)}:` : '';
  return `${prefix}${toStoredText(operation)}`;
}

// A missing edge is the other one; without both it is the time of arrival.
function timesOf(span: JsonRecord, nowMs: number): Pick<SpanFacts, 'startMs' | 'endMs'> {
  const start = toMilliseconds(span['startTimeUnixNano']);
  const end = toMilliseconds(span['endTimeUnixNano']);
  return { startMs: start ?? end ?? nowMs, endMs: end ?? start ?? nowMs };
}

function toMilliseconds(nanoseconds: unknown): number | undefined {
  const isWhole = typeof nanoseconds === 'string' && /^\s*-?\d+\s*$/.test(nanoseconds);
  const ms = isWhole
    ? Number(BigInt(nanoseconds) / 1_000_000n)
    : Math.trunc(toNumber(nanoseconds) / 1e6);
  if (!isWhole && typeof nanoseconds !== 'number') return undefined;
  return Math.abs(ms) <= latestDateMs ? ms : undefined;
}

function environmentOf(attributes: Attributes, resource: Attributes): string {
  const found = environmentKeys.map((key) => attributes[key] || resource[key]).find(Boolean);
  return normalizeEnvironment(found);
}

// Only the number 2 is an error; a level attribute that is a known word beats it.
function statusOf(
  span: JsonRecord,
  attributes: Attributes,
): Pick<SpanFacts, 'level' | 'statusMessage'> {
  const status = isRecord(span['status']) ? span['status'] : {};
  const word = attributes['langfuse.observation.level'];
  const given = typeof word === 'string' ? levels[word.trim().toUpperCase()] : undefined;
  return {
    level: given ?? (status['code'] === 2 ? 'ERROR' : 'DEFAULT'),
    statusMessage: attributes['langfuse.observation.status_message'] ?? status['message'],
  };
}

function publicOf(attributes: Attributes): boolean | undefined {
  const value = attributes['langfuse.trace.public'] ?? attributes['langfuse.public'];
  return value === undefined || value === null ? undefined : value === true || value === 'true';
}

function tagsOf(attributes: Attributes): readonly string[] {
  const key = tagKeys.find((name) => attributes[name]);
  const value = key === undefined ? undefined : attributes[key];
  if (Array.isArray(value)) return value.map(toStoredText);
  if (key === undefined || typeof value !== 'string') return [];
  const list = value.trim().startsWith('[') ? jsonOf(attributes, key) : undefined;
  if (Array.isArray(list)) return list.map(toStoredText);
  return value.includes(',') ? value.split(',').map((tag) => tag.trim()) : [value];
}

const consumedMetadata = new Set(
  ['userId', 'sessionId', 'tags', 'langfusePrompt'].map((key) => `ai.telemetry.metadata.${key}`),
);

function metadataOf(attributes: Attributes, key: string): JsonRecord {
  const bare = attributes[key] ? jsonOf(attributes, key) : jsonOf(attributes, 'langfuse.metadata');
  const prefixes = [`${key}.`, 'langfuse.metadata.', 'ai.telemetry.metadata.'];
  const single = Object.entries(attributes).flatMap(([name, value]) => {
    const prefix = prefixes.find((candidate) => name.startsWith(candidate));
    const rest = prefix === undefined ? '' : name.slice(prefix.length);
    return rest === '' || consumedMetadata.has(name) ? [] : [[rest, value] as const];
  });
  return { ...(typeof bare === 'object' ? bare : {}), ...Object.fromEntries(single) };
}
