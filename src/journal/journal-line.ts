import type { TransitionInput } from '../lifecycle-state.ts';

/** The version of the journal's format. A journal of another version is left to the program that understands it. */
export const journalVersion = 1;

/** What a journal remembers of a run: everything that went through its rules. Sanitized. */
export type JournalEvent = TransitionInput['event'];

/** One observation: a run, or a step of it. A record is one, too. */
export interface ObservationKey {
  readonly runId: string;
  readonly stepId?: string;
}

/** What one line of a journal says. */
export type JournalEntry =
  | { readonly type: 'event'; readonly event: JournalEvent }
  /** Nothing more is owed for these: delivered, refused for good, or dropped and counted. */
  | { readonly type: 'settled'; readonly keys: readonly ObservationKey[] };

/** The first line of a segment. */
export interface SegmentHeader {
  readonly type: 'header';
  readonly version: number;
  /** The process that wrote it. */
  readonly pid: number;
  readonly host: string;
  /** When that process began to journal, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly instance: string;
  /** The segment holds what was in the segments from this number on. */
  readonly from: number;
}

/** The line, with its line break. */
export function toJournalLine(entry: JournalEntry | SegmentHeader): string {
  switch (entry.type) {
    case 'event':
      return `{"event":${JSON.stringify(entry.event)}}\n`;
    case 'settled':
      return `{"settled":${JSON.stringify(entry.keys.map(toPair))}}\n`;
    case 'header': {
      const { type: _type, version, ...facts } = entry;
      return `${JSON.stringify({ journal: version, ...facts })}\n`;
    }
    default:
      return entry satisfies never;
  }
}

function toPair({ runId, stepId }: ObservationKey): readonly string[] {
  return stepId === undefined ? [runId] : [runId, stepId];
}

/** Reads a line; undefined when it is none of ours, for example because only half of it was written. */
export function parseJournalLine(text: string): JournalEntry | SegmentHeader | undefined {
  const line = parseObject(text);
  if (line === undefined) return undefined;
  const { event, settled } = line;
  if (event !== undefined) return isEvent(event) ? { type: 'event', event } : undefined;
  if (settled !== undefined) return parseSettled(settled);
  return parseHeader(line);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  // A tail of zeros after a power failure must not cost a parse and an exception per line.
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

const eventFields: Readonly<Record<JournalEvent['type'], readonly string[]>> = {
  'run-start': ['runId', 'name'],
  'run-update': ['runId'],
  'run-end': ['runId', 'status'],
  'run-close': ['runId', 'reason', 'message'],
  'run-settle': ['runId'],
  'run-release': ['runId'],
  'run-adopt': ['runId'],
  'step-start': ['runId', 'stepId', 'name'],
  'step-update': ['runId', 'stepId'],
  'step-end': ['runId', 'stepId'],
};

/** What the rules rely on; the rest of it passed the sanitizer before it was written. */
function isEvent(value: unknown): value is JournalEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event = value as Readonly<Record<string, unknown>>;
  const type = event['type'];
  if (typeof type !== 'string' || !Object.hasOwn(eventFields, type)) return false;
  const run = event['run'];
  if (type === 'run-adopt' && (typeof run !== 'object' || run === null)) return false;
  return (
    typeof event['timestamp'] === 'number' &&
    eventFields[type as JournalEvent['type']].every((field) => typeof event[field] === 'string')
  );
}

function parseSettled(value: unknown): JournalEntry | undefined {
  if (!Array.isArray(value)) return undefined;
  const keys = value.map(parsePair);
  return keys.every((key) => key !== undefined) ? { type: 'settled', keys } : undefined;
}

function parsePair(value: unknown): ObservationKey | undefined {
  if (!Array.isArray(value)) return undefined;
  const [runId, stepId]: readonly unknown[] = value;
  if (typeof runId !== 'string') return undefined;
  if (stepId === undefined) return { runId };
  return typeof stepId === 'string' ? { runId, stepId } : undefined;
}

function parseHeader(line: Readonly<Record<string, unknown>>): SegmentHeader | undefined {
  const { journal: version, pid = 0, host = '', startedAt = 0, instance = '', from = 1 } = line;
  if (typeof version !== 'number' || typeof pid !== 'number' || typeof host !== 'string')
    return undefined;
  if (typeof startedAt !== 'number' || typeof instance !== 'string' || typeof from !== 'number')
    return undefined;
  return { type: 'header', version, pid, host, startedAt, instance, from };
}
