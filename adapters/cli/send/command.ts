import type { Readable } from 'node:stream';
import { Command } from 'commander';
import type { Sink } from '../../../src/index.ts';
import { toTimeoutParser } from '../options/timeout.ts';
import { parseReplaceableFile } from '../options/paths.ts';
import { failUsage } from '../options/usage-error.ts';
import { createRefusals } from './refusals.ts';
import { isComplete, toNextStep, toProgressText, toReportLines } from './report.ts';
import { sendSource, type Sent, type SourcePorts } from './send-source.ts';
import { findSource, sizeOf, type Source } from './source.ts';

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
      parseReplaceableFile,
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

async function send(
  { file, checkpoint, timeout }: SendFlags & { readonly file: string | undefined },
  { command, surroundings }: Invocation,
): Promise<void> {
  const { write, writeError, setExitCode } = surroundings;
  const source = findSource({ file, checkpoint });
  if (source.type === 'unusable') return failUsage(command, source.message);
  if (source.type === 'resumable' && source.saved?.from.offset === source.bytes) {
    const { checkpoint: path } = source;
    write(`${path} says that all of it was sent. Delete it to send everything again.\n`);
    return;
  }
  const sink = surroundings.createSink();
  if (sink.disabled !== undefined) {
    writeError(`error: ${sink.disabled.message}\n`);
    setExitCode(1);
    return;
  }
  await sendHeard(source, { sink, timeoutMs: timeout * 1_000, surroundings });
}

interface Sending extends Pick<SourcePorts, 'sink' | 'timeoutMs'> {
  readonly surroundings: SendSurroundings;
}

/** Sends while it listens for Ctrl-C, and tells what came of it. */
async function sendHeard(
  source: Source,
  { sink, timeoutMs, surroundings }: Sending,
): Promise<void> {
  const { stdin, writeError, showProgress, onStop } = surroundings;
  const stop = new AbortController();
  let stoppedCode = 0;
  const unlisten = onStop((exitCode) => {
    stoppedCode = exitCode;
    stop.abort();
  });
  // Only now: whoever reads it may press Ctrl-C at once.
  if (source.type === 'stdin' && stdin.isTTY === true)
    writeError('Type events, one as JSON on each line; Ctrl-D ends them.\n');
  const refusals = createRefusals(writeError);
  const sent = await sendSource(source, {
    sink,
    stdin,
    timeoutMs,
    signal: stop.signal,
    onRefused: (line, why) => refusals.tell(line, why),
    onDelivered: (counts) => showProgress?.(toProgressText(counts, sizeOf(source))),
  });
  unlisten();
  refusals.conclude();
  tell(sent, { source, surroundings, stoppedCode });
}

interface Told {
  readonly source: Source;
  readonly surroundings: SendSurroundings;
  /** The exit code when it was stopped. */
  readonly stoppedCode: number;
}

function tell(sent: Sent, { source, surroundings, stoppedCode }: Told): void {
  const { write, writeError, setExitCode } = surroundings;
  const { result, report } = sent;
  write(`${toReportLines(result.counts, report).join('\n')}\n`);
  const next = toNextStep(sent, source);
  if (next !== undefined) writeError(`${next}\n`);
  if (!isComplete(sent)) setExitCode(result.how === 'stopped' ? stoppedCode : 1);
}
