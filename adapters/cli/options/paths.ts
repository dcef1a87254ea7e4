import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { reasonOf } from './system-reason.ts';

// A path is looked at when the command begins: after an hour of work it would be late to find that nothing can be written.

/** An absolute path of a file that can be read. */
export function parseReadableFile(text: string): string {
  return absolute(text, complaintOfReadableFile(text));
}

/** An absolute path of a file that can be written, there or not. */
export function parseWritableFile(text: string): string {
  return absolute(text, complaintOfWritableFile(text));
}

/** As `parseWritableFile`, of a file that is replaced whole: a draft of it is written beside it. */
export function parseReplaceableFile(text: string): string {
  const folder = dirname(resolve(text));
  return absolute(text, complaintOfWritableFile(text) ?? complaintOfAccess(folder, constants.W_OK));
}

/** An absolute path of a directory whose files can be read. */
export function parseReadableDirectory(text: string): string {
  return absolute(text, complaintOfDirectory(text, constants.R_OK | constants.X_OK));
}

/** An absolute path of a directory in which files can be read and written. */
export function parseWritableDirectory(text: string): string {
  const everything = constants.R_OK | constants.W_OK | constants.X_OK;
  return absolute(text, complaintOfDirectory(text, everything));
}

function absolute(text: string, complaint: string | undefined): string {
  if (complaint !== undefined) throw new InvalidArgumentError(complaint);
  return resolve(text);
}

/** What keeps a file from being read; pipes and devices are files too. Undefined when nothing does. */
export function complaintOfReadableFile(path: string): string | undefined {
  const found = look(path);
  if (typeof found === 'string') return found;
  if (found === undefined) return `Expected a file, found none at ${resolve(path)}.`;
  if (found.isDirectory()) return `Expected a file, found a directory at ${resolve(path)}.`;
  return complaintOfAccess(path, constants.R_OK);
}

function complaintOfWritableFile(path: string): string | undefined {
  const folder = dirname(resolve(path));
  const above = look(folder);
  if (typeof above === 'string') return above;
  if (above?.isDirectory() !== true) {
    return `Expected a file in a directory that exists, found none at ${folder}.`;
  }
  const found = look(path);
  if (typeof found === 'string') return found;
  if (found === undefined) return complaintOfAccess(folder, constants.W_OK);
  if (found.isDirectory()) return `Expected a file, found a directory at ${resolve(path)}.`;
  return complaintOfAccess(path, constants.W_OK);
}

// A misspelt path must not look like a directory with nothing in it.
function complaintOfDirectory(path: string, mode: number): string | undefined {
  const found = look(path);
  if (typeof found === 'string') return found;
  if (found?.isDirectory() !== true) {
    return `Expected a directory, found none at ${resolve(path)}.`;
  }
  return complaintOfAccess(path, mode);
}

/** What is there; undefined when nothing is, a sentence when that cannot be seen. */
function look(path: string): Stats | undefined | string {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return toComplaint(path, error);
  }
}

function complaintOfAccess(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return toComplaint(path, error);
  }
}

function toComplaint(path: string, error: unknown): string {
  return `${resolve(path)} cannot be used (${reasonOf(error)}). Check its permissions, or name another one.`;
}
