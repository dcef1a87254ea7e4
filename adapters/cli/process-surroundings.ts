import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { parse } from 'dotenv';
import { readText } from '../../src/index.ts';
import { readConfig } from '../langfuse/config.ts';
import { readDotenvFile } from '../langfuse/environment.ts';
import { langfuse } from '../langfuse/index.ts';
import { openAuditReads } from '../langfuse/reads/audit-reads.ts';
import type { AuditSurroundings } from './audit/command.ts';
import type { DeliverSurroundings } from './deliver/command.ts';
import { deliverJournal } from './deliver/deliver-journal.ts';
import type { DemoSurroundings } from './demo/command.ts';
import { findPackageFolder } from './demo/documents.ts';
import type { DoctorSurroundings } from './doctor/command.ts';
import { exitCodes, stoppedCodes } from './exit-codes.ts';
import { reasonOf } from './options/system-reason.ts';
import type { SendSurroundings } from './send/command.ts';
import type { ServeSurroundings } from './serve/command.ts';
import type { Style } from './terminal/paint.ts';
import { untilStopped } from './until-stopped.ts';

// The six functions below are the only place where a command meets this process: its streams, variables, signals and time.

const packageFolder = findPackageFolder(fileURLToPath(import.meta.url));

/** The version of this package. */
export function packageVersion(): string {
  return readText(readManifest(join(packageFolder, 'package.json')), 'version') ?? 'unknown';
}

/** What `demo` needs of this process. */
export function demoSurroundings(): DemoSurroundings {
  return {
    env: { ...parse(readDotenvFile()), ...process.env },
    packageFolder,
    createSink: () => langfuse(),
    write,
    paint,
    setExitCode,
  };
}

/** What `doctor` needs of this process. */
export function doctorSurroundings(): DoctorSurroundings {
  return {
    env: process.env,
    dotenvText: readDotenvFile(),
    dotenvProblem: dotenvProblem(),
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

/** What `audit` needs of this process. */
export function auditSurroundings(): AuditSurroundings {
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

/** What `serve` needs of this process. */
export function serveSurroundings(): ServeSurroundings {
  return { write, writeError, untilStopped };
}

/** What `send` needs of this process. */
export function sendSurroundings(): SendSurroundings {
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

/** What `deliver` needs of this process. */
export function deliverSurroundings(): DeliverSurroundings {
  return {
    env: { ...parse(readDotenvFile()), ...process.env },
    findProblem: () => langfuse().disabled?.message,
    recover: deliverJournal,
    write,
    writeError,
    setExitCode,
  };
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

function dotenvProblem(): string | undefined {
  try {
    readFileSync('.env');
    return undefined;
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? undefined : reasonOf(error);
  }
}

function readManifest(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
