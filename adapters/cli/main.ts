#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { parse } from 'dotenv';
import { readText } from '../../src/index.ts';
import { toPrintableLine } from '../../src/printable-line.ts';
import { readDotenvFile } from '../langfuse/environment.ts';
import { readConfig } from '../langfuse/config.ts';
import { langfuse } from '../langfuse/index.ts';
import { openAuditReads } from '../langfuse/reads/audit-reads.ts';
import { auditCommand } from './audit/command.ts';
import { deliverCommand } from './deliver/command.ts';
import { demoCommand } from './demo/command.ts';
import { findPackageFolder } from './demo/documents.ts';
import type { Style } from './terminal/paint.ts';
import { deliverJournal } from './deliver/deliver-journal.ts';
import { doctorCommand } from './doctor/command.ts';
import { sendCommand } from './send/command.ts';
import { serveCommand } from './serve/command.ts';

const exitCodes = { failure: 1, usage: 2 } as const;

/** What a shell takes for the exit code of a program that a signal ended. */
const stoppedCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };

const help = `
Start here:
  $ langfuse-lifecycle demo     what complete parent traces look like; needs no keys
  $ langfuse-lifecycle doctor   whether keys, connection and server work, and what to fix
  $ langfuse-lifecycle serve    a fake Langfuse to develop against; needs no keys
  $ langfuse-lifecycle audit    how complete the parents of your project are
  $ langfuse-lifecycle send     events that any program wrote, one as JSON on each line
  $ langfuse-lifecycle deliver  what a killed process left in its journal

Keys and the address of your Langfuse are read from the environment and from .env in the working directory:
LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, LANGFUSE_BASE_URL.

Exit codes: 0 success, 1 failure, 2 wrong usage.`;

const packageFolder = findPackageFolder(fileURLToPath(import.meta.url));

// A reader that has seen enough (`| head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    process.exit(exitCodeOf(error));
  });
}

await main();

async function main(): Promise<void> {
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function createProgram(): Command {
  const program = new Command('langfuse-lifecycle')
    .description(
      'Every agent run leaves one complete parent trace in Langfuse, whatever way it ends.',
    )
    .version(readVersion(), '-v, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .showHelpAfterError('(langfuse-lifecycle --help lists the commands)')
    .addHelpText('after', help)
    .exitOverride();
  const commands = [
    demoCommand(demoSurroundings()),
    doctorCommand(doctorSurroundings()),
    auditCommand(auditSurroundings()),
    serveCommand(),
    sendCommand(sendSurroundings()),
    deliverCommand(deliverSurroundings()),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

function write(text: string): void {
  process.stdout.write(text);
}

function writeError(text: string): void {
  process.stderr.write(text);
}

function setExitCode(code: number): void {
  process.exitCode = code;
}

function demoSurroundings(): Parameters<typeof demoCommand>[0] {
  return {
    env: { ...parse(readDotenvFile()), ...process.env },
    packageFolder,
    createSink: () => langfuse(),
    write,
    paint,
    setExitCode,
  };
}

function auditSurroundings(): Parameters<typeof auditCommand>[0] {
  return {
    async open(tell) {
      // A page of a thousand rows may take a busy server longer than a write does.
      const config = readConfig({ requestTimeoutMs: 60_000 });
      if (config.type === 'disabled') throw new Error(config.message);
      return openAuditReads(config.settings, { tell });
    },
    now: Date.now,
    write,
    writeError,
    isTerminal: process.stderr.isTTY,
    paint,
    setExitCode,
  };
}

function deliverSurroundings(): Parameters<typeof deliverCommand>[0] {
  return {
    env: { ...parse(readDotenvFile()), ...process.env },
    findProblem: () => langfuse().disabled?.message,
    recover: deliverJournal,
    write,
    writeError,
    setExitCode,
  };
}

function doctorSurroundings(): Parameters<typeof doctorCommand>[0] {
  return {
    env: process.env,
    dotenvText: readDotenvFile(),
    createSink: (options) => langfuse(options),
    surroundings: () => ({
      openTelemetry: Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1')),
      manifest: readManifest('package.json'),
    }),
    wait,
    write,
    paint,
    setExitCode,
    exit: () => process.stdout.write('', () => process.exit()),
  };
}

function sendSurroundings(): Parameters<typeof sendCommand>[0] {
  const { stdin, stderr } = process;
  return {
    createSink: () => langfuse(),
    stdin,
    write,
    writeError,
    showProgress: stderr.isTTY ? (text) => void stderr.write(`\r\x1b[K${text}`) : undefined,
    onStop(callback) {
      const stop = (signal: NodeJS.Signals): void => {
        unlisten();
        callback(stoppedCodes[signal] ?? exitCodes.failure);
      };
      // The second one has its usual effect.
      const unlisten = (): void => {
        for (const signal of Object.keys(stoppedCodes)) process.off(signal, stop);
      };
      for (const signal of Object.keys(stoppedCodes)) process.on(signal, stop);
      return unlisten;
    },
    setExitCode,
  };
}

/** Commander has printed what it threw itself; anything else is told here, without a stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  process.stderr.write(
    `error: ${toPrintableLine(error instanceof Error ? error.message : String(error))}\n`,
  );
  return exitCodes.failure;
}

function readVersion(): string {
  return readText(readManifest(join(packageFolder, 'package.json')), 'version') ?? 'unknown';
}

function readManifest(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
