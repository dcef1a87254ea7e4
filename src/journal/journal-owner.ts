import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { journalVersion } from './journal-line.ts';
import { ownerSchema } from './journal-owner-schema.ts';

/** Which process a journal belongs to, in a way that a number used twice does not fool. */
export interface JournalOwner {
  readonly pid: number;
  readonly host: string;
  /** Where the pid counts: this boot of this machine, and the pid namespace. Known on Linux. */
  readonly pidSpace?: string;
  /** When the process started, in the kernel's own count. Known on Linux; with it the pid is unique. */
  readonly startTicks?: string;
  /** When it began to journal, milliseconds since the epoch. */
  readonly startedAt: number;
  /** 12 hex digits: one process may have several journals. */
  readonly instance: string;
}

/** Whether the owner can still write; `unknown` when only its silence could tell, and it has not been silent for long. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** An owner that cannot be asked is given up when it was last heard of this long ago. */
const silenceLimitMs = 60_000;

/** This process, as the owner of a new journal. */
export function currentOwner(startedAt: number): JournalOwner {
  const pidSpace = readPidSpace();
  const startTicks = readProcess(process.pid)?.startTicks;
  return {
    pid: process.pid,
    host: hostname(),
    ...(pidSpace !== undefined && { pidSpace }),
    ...(startTicks !== undefined && { startTicks }),
    startedAt,
    instance: randomBytes(6).toString('hex'),
  };
}

/**
 * Whether the process that owns a journal lives. Where its pid can be looked up it is asked; a process elsewhere (on
 * another host, in another container) counts as dead when it was last heard of more than a minute ago.
 */
export function livenessOf(owner: JournalOwner, silenceMs: number, self: JournalOwner): Liveness {
  if (owner.host === self.host && owner.pidSpace === self.pidSpace) {
    if (!exists(owner.pid)) return 'dead';
    const process = readProcess(owner.pid);
    if (process?.isOver) return 'dead';
    if (owner.startTicks !== undefined && process !== undefined) {
      return process.startTicks === owner.startTicks ? 'alive' : 'dead';
    }
  }
  return silenceMs > silenceLimitMs ? 'dead' : 'unknown';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

// proc(5): after the name in parentheses, which may hold anything, come the state and, 19 fields on, the start time.
function readProcess(
  pid: number,
): { readonly startTicks: string; readonly isOver: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === undefined || startTicks === undefined) return undefined;
    return { startTicks, isOver: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

function readPidSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** The text of an owner file. */
export function toOwnerText(owner: JournalOwner): string {
  return `${JSON.stringify({ journal: journalVersion, ...owner })}\n`;
}

/** Reads an owner file; `unreadable` also for half a file, `other-version` for one of another format. */
export function parseOwner(text: string): JournalOwner | 'unreadable' | 'other-version' {
  const parsed = parseJson(text);
  const result = ownerSchema.safeParse(parsed);
  if (result.success) {
    const { journal: _version, ...owner } = result.data;
    return owner;
  }
  const version: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'journal') : undefined;
  return version === undefined || version === journalVersion ? 'unreadable' : 'other-version';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
