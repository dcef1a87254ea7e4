import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';

import { openDataFile } from '../../../mocks/data-file.ts';
import { DataFormatError } from '../../../mocks/data-format.ts';
import type { WriteMode } from '../../../mocks/fake-langfuse.ts';
import { serveBehind, type ServedFakeLangfuse } from '../../../mocks/server.ts';
import { importData, type ImportTarget } from '../../../mocks/viewer/import-data.ts';
import { createViewer } from '../../../mocks/viewer/viewer.ts';
import { createWatchedFake } from '../../../mocks/watched-fake.ts';
import { archiveWrites, serveLimits } from '../../../mocks/write-archive.ts';
import { parseReadableFile, parseReplaceableFile } from '../options/paths.ts';
import { reasonOf } from '../options/system-reason.ts';

/** What `serve` needs of the process that runs it. */
export interface ServeSurroundings {
  /** Takes what is said when the fake listens. */
  readonly write: (text: string) => void;
  /** Takes what goes wrong meanwhile, a line each. */
  readonly writeError: (text: string) => void;
  /** Resolves when the process is asked to stop. */
  readonly untilStopped: () => Promise<void>;
}

/**
 * `langfuse-lifecycle serve`: the fake Langfuse over HTTP with a page that shows its runs, for development without keys. Its
 * action resolves after SIGINT or SIGTERM, when the server is closed and the data file written; nothing then keeps the
 * process alive, so that it exits with 0.
 */
export function serveCommand(surroundings: ServeSurroundings): Command {
  return new Command('serve')
    .description('serve a fake Langfuse with a viewer page, for development without keys')
    .option('--port <number>', 'port to listen on; 0 takes any free one', parsePort, 3000)
    .option('--host <name>', 'address to listen on', parseHost, '127.0.0.1')
    .addOption(
      new Option('--write-mode <mode>', 'how the server stores what it is sent')
        .choices(['legacy', 'dual', 'events_only'] satisfies WriteMode[])
        .default('events_only'),
    )
    .option(
      '--data <file>',
      'file that keeps the runs across restarts; made when it is not there',
      parseReplaceableFile,
    )
    .option('--import <file>', 'data file whose runs are added; it is only read', parseReadableFile)
    .option('--server-version <version>', 'Langfuse version to be', parseVersion, '4.16.0')
    .option('--public-key <key>', 'public key to accept', parseKey, 'pk-lf-local')
    .option('--secret-key <key>', 'secret key to accept', parseKey, 'sk-lf-local')
    .addHelpText('after', serveHelp)
    .action((flags: ServeFlags) => serve(flags, surroundings));
}

const serveHelp = `
Open the address in a browser to see the runs as they happen. Without --data they live in memory. At most
${serveLimits.traces.toLocaleString('en-US')} runs or ${serveLimits.characters / 1024 / 1024} Mi characters are kept; the ones that were written to longest ago go first.

Exit codes: 0 it was stopped (Ctrl-C, SIGTERM), 1 it cannot listen or a file holds something else, 2 wrong usage.

Examples:
  $ langfuse-lifecycle serve --data runs.ndjson
  $ langfuse-lifecycle serve --port 0 --write-mode legacy --import from-ci.ndjson`;

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly writeMode: WriteMode;
  readonly data?: string;
  readonly import?: string;
  readonly serverVersion: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

async function serve(flags: ServeFlags, surroundings: ServeSurroundings): Promise<void> {
  const { host, writeMode, serverVersion: version, publicKey, secretKey } = flags;
  const onProblem = (sentence: string): void => surroundings.writeError(`${sentence}\n`);
  const fake = createWatchedFake({ writeMode, version, publicKey, secretKey, history: 'none' });
  const archive = archiveWrites(fake, serveLimits);
  const file =
    flags.data === undefined ? undefined : openDataFile(flags.data, { fake, archive, onProblem });
  const viewer = createViewer({ fake, archive, host });
  try {
    if (flags.import !== undefined) importFile(flags.import, { fake, archive });
    const server = await serveBehind(viewer, fake, { port: flags.port, host });
    // Before the lines: whoever reads them may send the signal at once.
    const stopped = surroundings.untilStopped();
    surroundings.write(toGreeting(server, { flags, traces: archive.traces }));
    await stopped;
    await server.close();
  } finally {
    viewer.close();
    file?.close();
  }
}

function toGreeting(
  { url }: ServedFakeLangfuse,
  { flags, traces }: { readonly flags: ServeFlags; readonly traces: number },
): string {
  const { serverVersion, writeMode, publicKey, secretKey, data } = flags;
  const kept = data === undefined ? [] : [`${data} keeps the runs; ${traces} are there now.`];
  const lines = [
    `Fake Langfuse ${serverVersion} listens on ${url} (write mode ${writeMode}, LANGFUSE_PUBLIC_KEY=${publicKey}, LANGFUSE_SECRET_KEY=${secretKey})`,
    'Open that address in a browser to see the runs. Ctrl-C stops.',
    ...kept,
  ];
  return `${lines.join('\n')}\n`;
}

function importFile(path: string, target: ImportTarget): void {
  try {
    importData(readFileSync(path, 'utf8'), target);
  } catch (error) {
    const what =
      error instanceof DataFormatError ? 'is not a data file of this fake' : 'cannot be read';
    throw new Error(`${path} ${what}: ${reasonOf(error)}.`, { cause: error });
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 65535, for example 3000.');
  }
  return port;
}

function parseHost(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) {
    throw new InvalidArgumentError('Expected a host name or IP address, for example 127.0.0.1.');
  }
  return text;
}

function parseVersion(text: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(text)) {
    throw new InvalidArgumentError('Expected three numbers, for example 4.16.0 or 3.98.2.');
  }
  return text;
}

function parseKey(text: string): string {
  // A key with a colon could not be told from the other one in Basic authentication.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(text)) {
    throw new InvalidArgumentError(
      'Expected visible ASCII without colon or space, for example pk-lf-local.',
    );
  }
  return text;
}
