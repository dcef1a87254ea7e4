import {
  type DeliveryReport,
  EventError,
  type LifecycleEvent,
  parseLifecycleEvent,
} from '../../../src/index.ts';
import type { Line, LinePosition } from './lines.ts';
import type { Progress } from './progress.ts';

/** What sending needs from around it. */
export interface SendPorts {
  /** Where the first line begins. */
  readonly from: LinePosition;
  /** Takes an event that has been validated. */
  readonly emit: (event: LifecycleEvent) => void;
  /** Sends what waits, for at most a minute or so. */
  readonly flush: () => Promise<DeliveryReport>;
  readonly now: () => number;
  /** A line could not be taken: why, in words. */
  readonly onRefused: (line: number, why: string) => void;
  /** Everything that has ended up to `reached` is delivered. */
  readonly onDelivered: (reached: LinePosition, counts: SendCounts) => void;
  /** True when the sending is to stop. */
  readonly isStopped: () => boolean;
}

/** What came of the lines. */
export interface SendCounts {
  readonly lines: number;
  readonly events: number;
  /** Runs whose start was among them. */
  readonly runs: number;
  /** Lines that were no event. */
  readonly refused: number;
  /** Events that an earlier start had delivered. */
  readonly skipped: number;
  readonly bytes: number;
}

/** How the sending ended: all lines were read, it was stopped, or the server took nothing for too long. */
export interface SendResult {
  readonly how: 'read' | 'stopped' | 'stuck';
  readonly counts: SendCounts;
  /** The first line that was not taken. */
  readonly reached: LinePosition;
}

// Text that is taken before everything has to be delivered: what is held of it stays well below the outbox's bound.
const bytesBetweenFlushes = 8 * 1024 * 1024;

/**
 * Hands the events of the lines over, in order, and waits for the server whenever a few megabytes have been taken: memory
 * stays the same however long the file is. A line that is no event is told, and the rest still goes.
 */
export async function sendLines(
  lines: AsyncIterable<Line>,
  progress: Progress,
  ports: SendPorts,
): Promise<SendResult> {
  const counts = { lines: 0, events: 0, runs: 0, refused: 0, skipped: 0, bytes: 0 };
  let reached = ports.from;
  let undelivered = 0;

  function take(line: Line): void {
    counts.lines += 1;
    counts.bytes += line.end - line.offset;
    undelivered += line.end - line.offset;
    const read = toEvent(line, ports.now());
    switch (read.type) {
      case 'blank':
        return;
      case 'refused':
        counts.refused += 1;
        ports.onRefused(line.number, read.why);
        return;
      case 'event':
        if (progress.isDelivered(read.event)) counts.skipped += 1;
        else handOver(read.event, line);
        return;
      default:
        return read satisfies never;
    }
  }

  function handOver(event: LifecycleEvent, line: Line): void {
    counts.events += 1;
    if (event.type === 'run-start') counts.runs += 1;
    ports.emit(event);
    progress.took(event, { offset: line.offset, line: line.number - 1 });
  }

  try {
    for await (const line of lines) {
      take(line);
      reached = { offset: line.end, line: line.number };
      if (ports.isStopped()) return { how: 'stopped', counts, reached };
      if (undelivered < bytesBetweenFlushes) continue;
      undelivered = 0;
      const { pending } = await ports.flush();
      if (pending > 0) return { how: ports.isStopped() ? 'stopped' : 'stuck', counts, reached };
      ports.onDelivered(reached, counts);
    }
  } catch (error) {
    // Stopping closes the source, and reading from that fails.
    if (ports.isStopped()) return { how: 'stopped', counts, reached };
    throw error;
  }
  return { how: 'read', counts, reached };
}

type ReadEvent =
  | { readonly type: 'blank' }
  | { readonly type: 'refused'; readonly why: string }
  | { readonly type: 'event'; readonly event: LifecycleEvent };

function toEvent(line: Line, now: number): ReadEvent {
  if (line.type === 'too-long') {
    const why = `the line has ${line.end - line.offset} bytes; expected one event of at most 16 MiB`;
    return { type: 'refused', why };
  }
  if (line.text === '') return { type: 'blank' };
  try {
    return { type: 'event', event: parseLifecycleEvent(JSON.parse(line.text), now) };
  } catch (error) {
    return { type: 'refused', why: explain(error) };
  }
}

function explain(error: unknown): string {
  if (error instanceof EventError) return error.message;
  // V8 quotes the text around the mistake, and that may be anything.
  const detail = error instanceof Error ? error.message.replace(/, (?:\.\.\.)?"[^]*$/, '') : '';
  return `Not JSON: ${detail}. Expected one event as JSON on a line of its own.`;
}
