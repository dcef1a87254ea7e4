import type { Readable } from 'node:stream';
import {
  adapterPort,
  createLifecycle,
  type DeliveryReport,
  type Lifecycle,
  type Sink,
} from '../../../src/index.ts';
import { readLines } from './lines.ts';
import { createProgress, finishedAt } from './progress.ts';
import { type SendCounts, sendLines, type SendResult } from './send-lines.ts';
import { beginningOf, openSource, savedOf, saveProgress, type Source } from './source.ts';

/** What sending a source needs from around it. */
export interface SourcePorts {
  readonly sink: Sink;
  readonly stdin: Readable;
  /** How long to try when nothing gets through. */
  readonly timeoutMs: number;
  /** Asks to stop. */
  readonly signal: AbortSignal;
  /** A line could not be taken: why, in words. */
  readonly onRefused: (line: number, why: string) => void;
  /** Hears how far it is. */
  readonly onDelivered: (counts: SendCounts) => void;
}

/** What came of a source. */
export interface Sent {
  readonly result: SendResult;
  readonly report: DeliveryReport;
}

const maxLineBytes = 16 * 1024 * 1024;

/** Sends the events of a source, and remembers how far it came where that can be gone on with. */
export async function sendSource(source: Source, ports: SourcePorts): Promise<Sent> {
  const { sink, timeoutMs, signal } = ports;
  // Runs of a file are not this process's: its end says nothing about them.
  const lifecycle = createLifecycle({ sink, interruption: false });
  const port = adapterPort(lifecycle);
  const progress = createProgress(savedOf(source));
  const from = beginningOf(source);
  const lines = readLines(openSource(source, ports), { maxBytes: maxLineBytes, from });
  const result = await sendLines(lines, progress, {
    from,
    emit: (event) => port.emit(event),
    now: () => port.now(),
    flush: () => patientFlush(lifecycle, { timeoutMs, signal }),
    isStopped: () => signal.aborted,
    onRefused: ports.onRefused,
    onDelivered(reached, counts) {
      saveProgress(source, progress.save(reached));
      ports.onDelivered(counts);
    },
  });
  const report = await conclude(result, { lifecycle, source, sink, timeoutMs });
  if (report.pending === 0) {
    const { how, reached } = result;
    saveProgress(source, how === 'read' ? finishedAt(reached) : progress.save(reached));
  }
  return { result, report };
}

// In slices, so that Ctrl-C is heard while the server is away.
async function patientFlush(
  lifecycle: Lifecycle,
  { timeoutMs, signal }: Pick<SourcePorts, 'timeoutMs' | 'signal'>,
): Promise<DeliveryReport> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const sliceMs = Math.min(1_000, Math.max(1, deadline - Date.now()));
    const report = await lifecycle.flush({ timeoutMs: sliceMs });
    if (report.pending === 0 || signal.aborted || Date.now() >= deadline) return report;
  }
}

interface Concluding extends Pick<SourcePorts, 'sink' | 'timeoutMs'> {
  readonly lifecycle: Lifecycle;
  readonly source: Source;
}

// Who pressed Ctrl-C waits for this much more.
const stoppedTimeoutMs = 5_000;

/** Delivers what is left. Open runs are ended, unless a later start goes on with them. */
async function conclude(
  { how }: SendResult,
  { lifecycle, source, sink, timeoutMs: patienceMs }: Concluding,
): Promise<DeliveryReport> {
  const timeoutMs = how === 'stopped' ? Math.min(stoppedTimeoutMs, patienceMs) : patienceMs;
  if (how === 'read' || source.type !== 'resumable') return lifecycle.shutdown({ timeoutMs });
  const report = await lifecycle.flush({ timeoutMs: how === 'stuck' ? 1 : timeoutMs });
  await sink.close?.();
  return report;
}
