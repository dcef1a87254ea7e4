import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { Command } from 'commander';
import {
  adapterPort,
  createLifecycle,
  type DeliveryReport,
  type Lifecycle,
  type Sink,
} from '../../../src/index.ts';
import { counted } from '../terminal/counted.ts';
import { toPrintableLine } from '../../../src/printable-line.ts';
import { toTimeoutParser } from '../options/timeout.ts';
import { parseWritableFile } from '../options/writable-file.ts';
import {
  type Checkpoint,
  type CheckpointFile,
  headOf,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { type LinePosition, readLines } from './lines.ts';
import { createProgress, finishedAt, type SavedProgress } from './progress.ts';
import { toProgressText, toReportLines } from './report.ts';
import { sendLines, type SendResult } from './sender.ts';

/** What `send` needs of the process that runs it. */
export interface SendSurroundings {
  /** Makes the sink of the environment; disabled without keys. */
  readonly createSink: () => Sink;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Takes the report, lines with their ends. */
  readonly write: (text: string) => void;
  /** Takes refused lines and what stands in the way, lines with their ends. */
  readonly writeError: (text: string) => void;
  /** Shows how far it is, on a terminal; undefined where nobody would see it. */
  readonly showProgress: ((text: string) => void) | undefined;
  /** Calls back, with the exit code, at the first Ctrl-C or SIGTERM; gives a function that stops to listen. */
  readonly onStop: (callback: (exitCode: number) => void) => () => void;
  readonly setExitCode: (code: number) => void;
}

/** `langfuse-lifecycle send`: lifecycle events as NDJSON, from a file or stdin, to Langfuse. */
export function sendCommand(surroundings: SendSurroundings): Command {
  return new Command('send')
    .description('send lifecycle events from a file or stdin, one as JSON on each line')
    .argument('[file]', 'the file; stdin when it is left out or -')
    .option(
      '--checkpoint <file>',
      'remember here how far it was sent, and go on from there',
      parseWritableFile,
    )
    .option('--timeout <seconds>', 'how long to try when nothing gets through', parseTimeout, 60)
    .addHelpText('after', sendHelp)
    .action((file: string | undefined, flags: SendFlags, command: Command) =>
      send({ file: file === '-' ? undefined : file, ...flags }, { command, surroundings }),
    );
}

const parseTimeout = toTimeoutParser({ longest: 86_400, example: 60 });

const sendHelp = `
Any program in any language can write the events; langfuse-lifecycle/lifecycle-event.schema.json (in docs/) is their
JSON Schema. They get what runs in a process get: sanitizing, one ending each, the conversation id on parent and
children. A run without an end is ended as never_ended when the events are over.

A line that is no event is named with its number on stderr, and the rest still goes. With --checkpoint a second start
goes on where the first one stopped: by Ctrl-C, by a crash, or because the server was away.

Exit codes: 0 everything was sent, 1 a line was refused or something was not delivered, 2 wrong usage, 130 Ctrl-C,
143 SIGTERM.

Examples:
  $ my-agent | langfuse-lifecycle send
  $ langfuse-lifecycle send events.ndjson
  $ langfuse-lifecycle send events.ndjson --checkpoint events.checkpoint --timeout 600`;

interface SendFlags {
  readonly checkpoint?: string;
  readonly timeout: number;
}

interface Invocation {
  readonly command: Command;
  readonly surroundings: SendSurroundings;
}

/** Where the events come from. */
interface Source {
  /** Undefined means stdin. */
  readonly file: string | undefined;
  readonly bytes: number | undefined;
  readonly saved: Checkpoint | undefined;
}

const maxLineBytes = 16 * 1024 * 1024;
const shownRefusals = 20;

async function send(
  options: SendFlags & { readonly file: string | undefined },
  { command, surroundings }: Invocation,
): Promise<void> {
  const { writeError, setExitCode } = surroundings;
  const source = toSource(options, command);
  const sentBytes = source.saved?.progress.from.offset;
  if (sentBytes !== undefined && sentBytes === source.bytes) {
    surroundings.write(
      `${options.checkpoint ?? ''} says that all of it was sent. Delete it to send everything again.\n`,
    );
    return;
  }
  const sink = surroundings.createSink();
  if (sink.disabled !== undefined) {
    writeError(`error: ${sink.disabled.message}\n`);
    setExitCode(1);
    return;
  }
  await sendFrom(source, { ...options, sink, surroundings });
}

interface Sending extends SendFlags {
  readonly sink: Sink;
  readonly surroundings: SendSurroundings;
}

async function sendFrom(source: Source, sending: Sending): Promise<void> {
  const { surroundings, sink, checkpoint } = sending;
  // Runs of a file are not this process's: its end says nothing about them.
  const lifecycle = createLifecycle({ sink, interruption: false });
  const port = adapterPort(lifecycle);
  const progress = createProgress(source.saved?.progress);
  const from = source.saved?.progress.from ?? { offset: 0, line: 0 };
  const head = checkpoint === undefined || source.file === undefined ? '' : headOf(source.file);
  const refusals = createRefusals(surroundings.writeError);
  const stop = new AbortController();
  let stoppedCode = 0;
  const unlisten = surroundings.onStop((exitCode) => {
    stoppedCode = exitCode;
    stop.abort();
  });
  const remember = (saved: SavedProgress): void => {
    if (checkpoint !== undefined)
      writeCheckpoint(checkpoint, { version: 1, head, progress: saved });
  };

  if (source.file === undefined && surroundings.stdin.isTTY === true)
    surroundings.writeError('Type events, one as JSON on each line; Ctrl-D ends them.\n');
  const bytes = open(source, { from, surroundings, signal: stop.signal });
  const result = await sendLines(readLines(bytes, { maxBytes: maxLineBytes, from }), progress, {
    from,
    emit: (event) => port.emit(event),
    now: () => port.now(),
    flush: () => patientFlush(lifecycle, sending, stop.signal),
    isStopped: () => stop.signal.aborted,
    onRefused: (line, why) => refusals.tell(line, why),
    onDelivered(reached, counts) {
      remember(progress.save(reached));
      surroundings.showProgress?.(toProgressText(counts, source.bytes));
    },
  });
  const report = await conclude(result, lifecycle, sending);
  if (report.pending === 0) {
    const { how, reached } = result;
    remember(how === 'read' ? finishedAt(reached) : progress.save(reached));
  }
  unlisten();
  refusals.conclude();
  tell(result, report, { ...sending, stoppedCode });
}

// In slices, so that Ctrl-C is heard while the server is away.
async function patientFlush(
  lifecycle: Lifecycle,
  { timeout }: SendFlags,
  signal: AbortSignal,
): Promise<DeliveryReport> {
  const deadline = Date.now() + timeout * 1_000;
  for (;;) {
    const timeoutMs = Math.min(1_000, Math.max(1, deadline - Date.now()));
    const report = await lifecycle.flush({ timeoutMs });
    if (report.pending === 0 || signal.aborted || Date.now() >= deadline) return report;
  }
}

// Who pressed Ctrl-C waits for this much more.
const stoppedTimeoutMs = 5_000;

/** Delivers what is left. Open runs are ended, unless a later start goes on with them. */
async function conclude(
  { how }: SendResult,
  lifecycle: Lifecycle,
  { timeout, checkpoint, sink }: Sending,
): Promise<DeliveryReport> {
  const timeoutMs =
    how === 'stopped' ? Math.min(stoppedTimeoutMs, timeout * 1_000) : timeout * 1_000;
  if (how === 'read' || checkpoint === undefined) return lifecycle.shutdown({ timeoutMs });
  const report = await lifecycle.flush({ timeoutMs: how === 'stuck' ? 1 : timeoutMs });
  await sink.close?.();
  return report;
}

interface Told extends Sending {
  /** The exit code when it was stopped. */
  readonly stoppedCode: number;
}

function tell({ how, counts }: SendResult, report: DeliveryReport, told: Told): void {
  const { surroundings, checkpoint, stoppedCode } = told;
  surroundings.write(`${toReportLines(counts, report).join('\n')}\n`);
  const isComplete =
    how === 'read' && counts.refused === 0 && report.pending === 0 && isLossless(report);
  if (how !== 'read' || report.pending > 0) {
    const next =
      checkpoint === undefined
        ? 'Start again with --checkpoint <file> to be able to go on from where it stops'
        : `Start again with --checkpoint ${checkpoint} to go on`;
    surroundings.writeError(`Not everything was sent. ${next}.\n`);
  }
  if (!isComplete) surroundings.setExitCode(how === 'stopped' ? stoppedCode : 1);
}

function isLossless({ dropped }: DeliveryReport): boolean {
  return Object.values(dropped).every((count) => count === 0);
}

interface Opening {
  readonly from: LinePosition;
  readonly surroundings: SendSurroundings;
  readonly signal: AbortSignal;
}

function open({ file }: Source, { from, surroundings, signal }: Opening): Readable {
  // A pipe has no positions, not even the first.
  const stream =
    file === undefined
      ? surroundings.stdin
      : createReadStream(file, from.offset === 0 ? {} : { start: from.offset });
  return addAbortSignal(signal, stream);
}

function createRefusals(writeError: SendSurroundings['writeError']): {
  tell(line: number, why: string): void;
  conclude(): void;
} {
  let count = 0;
  return {
    tell(line, why) {
      count += 1;
      if (count <= shownRefusals) writeError(`line ${line}: ${toPrintableLine(why)}\n`);
    },
    conclude() {
      const more = count - shownRefusals;
      if (more > 0) writeError(`… and ${counted(more, 'more line')} like these\n`);
    },
  };
}

const usage = { exitCode: 2, code: 'langfuse-lifecycle.send' } as const;

function toSource(
  { file, checkpoint }: { readonly file: string | undefined; readonly checkpoint?: string },
  command: Command,
): Source {
  if (file === undefined) {
    if (checkpoint === undefined) return { file, bytes: undefined, saved: undefined };
    const message = 'error: --checkpoint needs a file to go on with; stdin cannot be read again.';
    return command.error(message, usage);
  }
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || stats.isDirectory()) {
    const found = stats === undefined ? 'none' : 'a directory';
    return command.error(`error: expected a file, found ${found} at ${resolve(file)}.`, usage);
  }
  // The shell's `<(command)` names a pipe.
  if (checkpoint === undefined)
    return { file, bytes: stats.isFile() ? stats.size : undefined, saved: undefined };
  if (!stats.isFile()) {
    const message = `error: --checkpoint needs a file to go on with; ${file} cannot be read again.`;
    return command.error(message, usage);
  }
  const kept: CheckpointFile = readCheckpoint(checkpoint, file);
  switch (kept.type) {
    case 'absent':
      return { file, bytes: stats.size, saved: undefined };
    case 'read':
      return { file, bytes: stats.size, saved: kept.checkpoint };
    case 'unusable':
      return command.error(`error: ${kept.message}`, usage);
    default:
      return kept satisfies never;
  }
}
