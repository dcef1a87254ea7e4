#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { Command, CommanderError } from 'commander';
import { parse } from 'dotenv';
import { readConfig } from '../langfuse/config.ts';
import { langfuse } from '../langfuse/index.ts';
import { openAuditReads } from '../langfuse/reads/audit-reads.ts';
import { auditCommand } from './audit.ts';
import { deliverCommand } from './deliver.ts';
import { demoCommand } from './demo/command.ts';
import { findPackageFolder } from './demo/documents.ts';
import type { Paint } from './demo/paint.ts';
import { deliverJournal } from './deliver-journal.ts';
import { serveCommand } from './serve.ts';

const exitCodes = { failure: 1, usage: 2 } as const;

const help = `
Start here:
  $ langfuse-lifecycle demo     what complete parent traces look like; needs no keys
  $ langfuse-lifecycle serve    a fake Langfuse to develop against; needs no keys
  $ langfuse-lifecycle audit    how complete the parents of your project are
  $ langfuse-lifecycle deliver  what a killed process left in its journal

Keys and the address of your Langfuse are read from the environment and from .env in the working directory:
LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, LANGFUSE_BASE_URL.

Exit codes: 0 success, 1 failure, 2 wrong usage.`;

const packageFolder = findPackageFolder(fileURLToPath(import.meta.url));

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

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
    auditCommand(auditSurroundings()),
    serveCommand(),
    deliverCommand(deliverSurroundings()),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

function demoSurroundings(): Parameters<typeof demoCommand>[0] {
  const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
  return {
    env: { ...readDotenv(), ...process.env },
    packageFolder,
    createSink: () => langfuse(),
    write: (text) => void process.stdout.write(text),
    paint,
    setExitCode(code) {
      process.exitCode = code;
    },
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
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
    paint: (style, text) => styleText(style, text, { stream: process.stdout }),
    setExitCode(code) {
      process.exitCode = code;
    },
  };
}

function deliverSurroundings(): Parameters<typeof deliverCommand>[0] {
  return {
    env: { ...readDotenv(), ...process.env },
    findProblem: () => langfuse().disabled?.message,
    recover: deliverJournal,
    write: (text) => void process.stdout.write(text),
    writeError: (text) => void process.stderr.write(text),
    setExitCode(code) {
      process.exitCode = code;
    },
  };
}

/** Commander has printed what it threw itself; anything else is told here, without a stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  return exitCodes.failure;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null
      ? Reflect.get(manifest, 'version')
      : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

function readDotenv(): Readonly<Record<string, string>> {
  try {
    return parse(readFileSync('.env', 'utf8'));
  } catch {
    return {};
  }
}
