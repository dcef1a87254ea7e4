import { jsonAnswer, textAnswer } from './answers.ts';
import type { Access } from './authentication.ts';
import type { FakeRequest, FakeResponse } from '../fake-exchange.ts';
import { newerEventTypes, parseEvent } from './ingestion-schema.ts';
import type { IngestionEvent } from './ingestion-schema.ts';
import { isRecord } from './json-value.ts';

/** The answer to a batch, and the events that were accepted: parsed for the store, and as they were sent. */
export interface IngestionOutcome {
  readonly response: FakeResponse;
  readonly accepted: readonly IngestionEvent[];
  readonly sent: readonly unknown[];
}

/** What decides about a batch besides the batch. */
export interface IngestionContext {
  readonly access: Access;
  readonly isEventsOnly: boolean;
  readonly knowsNewerTypes: boolean;
  /** A partial fault: refuses items that would pass. */
  readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined;
}

// Next.js counts in powers of two.
const bodyLimitBytes = 4.5 * 1024 * 1024;

/** What a body parsed to; `answer` is set where the server's body parser answers by itself. */
export interface ParsedBody {
  readonly json?: unknown;
  readonly answer?: FakeResponse;
}

/** Reads the body as the server's parser does: 4.5 MB, no gzip, JSON only with a JSON content type. */
export function parseBody({ body, headers }: FakeRequest): ParsedBody {
  if (body.byteLength > bodyLimitBytes)
    return { answer: textAnswer(413, 'Body exceeded 4.5mb limit') };
  const text = new TextDecoder().decode(body);
  if (!/^application\/(?:ld\+)?json\b/i.test(headers['content-type'] ?? '')) return { json: text };
  if (text === '') return { json: {} };
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { answer: textAnswer(400, 'Invalid JSON') };
  }
}

/** Answers `POST /api/public/ingestion` for a body that parsed. */
export function ingest(json: unknown, context: IngestionContext): IngestionOutcome {
  const { access } = context;
  if (access.type === 'refused') {
    return nothing(jsonAnswer(401, { error: 'UnauthorizedError', message: access.message }));
  }
  const batch = isRecord(json) ? json['batch'] : undefined;
  if (!Array.isArray(batch)) {
    const message = isRecord(json)
      ? `Invalid input: expected array, received ${kindOf(batch)}`
      : `Invalid input: expected object, received ${kindOf(json)}`;
    return nothing(jsonAnswer(400, { message: 'Invalid request data', errors: [message] }));
  }
  return answerBatch(batch, { ...context, access });
}

interface Refusal {
  readonly id: string;
  readonly status: number;
  readonly message?: string;
  readonly error: string;
}

type Verdict =
  | { readonly type: 'accepted'; readonly event: IngestionEvent; readonly item: unknown }
  | { readonly type: 'refused'; readonly refusal: Refusal };

function answerBatch(batch: readonly unknown[], context: IngestionContext): IngestionOutcome {
  const verdicts = batch.map((item, index) => judge({ item, index }, context));
  const accepted = verdicts.filter((verdict) => verdict.type === 'accepted');
  const refusals = verdicts.flatMap((verdict) =>
    verdict.type === 'refused' ? [verdict.refusal] : [],
  );
  const stored = inAnswerOrder(
    accepted.map(({ event }) => event).filter(({ kind }) => kind !== 'log'),
  );
  return {
    response: jsonAnswer(207, {
      successes: stored.map(({ id }) => ({ id, status: 201 })),
      // Access is checked after the schema, so these refusals come last.
      errors: refusals.toSorted(
        (one, other) => Number(one.status === 401) - Number(other.status === 401),
      ),
    }),
    accepted: stored,
    sent: accepted.filter(({ event }) => event.kind !== 'log').map(({ item }) => item),
  };
}

function judge(
  { item, index }: { readonly item: unknown; readonly index: number },
  context: IngestionContext,
): Verdict {
  const id = isRecord(item) && typeof item['id'] === 'string' ? item['id'] : 'unknown';
  const type = isRecord(item) ? item['type'] : undefined;
  const refuse = (status: number, reason: Omit<Refusal, 'id' | 'status'>): Verdict => ({
    type: 'refused',
    refusal: { id, status, ...reason },
  });
  if (context.isEventsOnly && typeof type === 'string' && isTraceEvent(type)) {
    return refuse(400, { message: 'Event type not accepted', error: notAccepted(type) });
  }
  const parsed = parseEvent(item, (name) => context.knowsNewerTypes || !newerEventTypes.has(name));
  if (parsed.type === 'invalid')
    return refuse(400, { message: 'Invalid request data', error: parsed.error });
  const { event } = parsed;
  if (context.access.type !== 'project' && event.kind !== 'score' && event.kind !== 'log') {
    return refuse(401, { message: 'Authentication error', error: 'Access Scope Denied' });
  }
  const fault = context.refuse(item, index);
  if (fault === 500) return refuse(500, { error: 'Internal Server Error' });
  if (fault === 400)
    return refuse(400, { message: 'Invalid request data', error: 'Refused by a fault.' });
  return { type: 'accepted', event, item };
}

const traceEventTypes: ReadonlySet<string> = new Set([
  'trace-create',
  'event-create',
  ...['span', 'generation', 'observation'].flatMap((kind) => [`${kind}-create`, `${kind}-update`]),
  ...newerEventTypes,
]);

function isTraceEvent(type: string): boolean {
  return traceEventTypes.has(type);
}

function notAccepted(type: string): string {
  const setting = 'LANGFUSE_MIGRATION_V4_WRITE_MODE';
  return [
    `Event type "${type}" is not accepted by /api/public/ingestion when ${setting} is events_only.`,
    'This endpoint only accepts score and log events.',
    'Upgrade the client or integration to a v4-compatible SDK or OTLP ingestion path.',
    `As a temporary migration bridge, set ${setting}=dual on both the web and worker services and redeploy.`,
    'Docs: https://langfuse.com/self-hosting/upgrade/upgrade-guides/upgrade-v3-to-v4',
  ].join(' ');
}

// Creates first, then updates, each by envelope time.
function inAnswerOrder(events: readonly IngestionEvent[]): readonly IngestionEvent[] {
  const byTime = (one: IngestionEvent, other: IngestionEvent): number =>
    Date.parse(one.timestamp) - Date.parse(other.timestamp);
  const isUpdate = ({ type }: IngestionEvent): boolean => type.endsWith('-update');
  return [
    ...events.filter((event) => !isUpdate(event)).toSorted(byTime),
    ...events.filter(isUpdate).toSorted(byTime),
  ];
}

function nothing(response: FakeResponse): IngestionOutcome {
  return { response, accepted: [], sent: [] };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
