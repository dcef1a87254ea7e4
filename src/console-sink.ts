import { toPrintableLine } from './printable-line.ts';
import type { LifecycleRecord } from './records.ts';
import type { Outcome, Sink } from './sink.ts';

/** Where the console sink writes: one line per call, without a line break at its end. */
export interface ConsoleSinkOptions {
  /** Default: standard error, because standard output belongs to the program. */
  readonly write?: (line: string) => void;
}

/** A sink that shows each ended observation as one line, for a terminal during development. */
export function consoleSink(options: ConsoleSinkOptions = {}): Sink {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  return {
    name: 'console',
    async send(records) {
      for (const record of records) if (record.phase === 'ended') write(toLine(record));
      return records.map((): Outcome => ({ type: 'delivered' }));
    },
  };
}

function toLine(record: Extract<LifecycleRecord, { phase: 'ended' }>): string {
  const indent = record.role === 'parent' ? '' : '  ';
  const duration = `${record.endTime - record.startTime} ms`;
  const { status, reason } = record.metadata;
  const ending =
    typeof status === 'string' && typeof reason === 'string' ? ` ${status}/${reason}` : '';
  const conversation =
    record.role === 'parent' ? ` conversation=${record.trace.conversationId ?? 'none'}` : '';
  const message = record.statusMessage === undefined ? '' : ` — ${record.statusMessage}`;
  return (
    indent +
    toPrintableLine(
      `${record.kind} ${record.name} ${record.level}${ending} ${duration}${conversation}${message}`,
    )
  );
}
