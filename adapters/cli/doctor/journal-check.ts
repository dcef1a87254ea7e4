import { constants } from 'node:fs';
import { access, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { reasonOf } from '../options/system-reason.ts';
import type { Finding } from './finding.ts';

/** Whether a journal could be written, and whether something in it waits for `deliver`. */
export async function checkJournal(directory: string | undefined): Promise<Finding> {
  if (directory === undefined) {
    return {
      check: 'journal',
      status: 'ok',
      found:
        'no journal directory (LANGFUSE_LIFECYCLE_JOURNAL): what a killed process owes is lost',
    };
  }
  const path = resolve(directory);
  try {
    await assertWritable(path);
  } catch (error) {
    return {
      check: 'journal',
      status: 'failed',
      found: `the journal directory ${path} cannot be written: ${reasonOf(error)}`,
      fix: 'Give the process write permission there, or set LANGFUSE_LIFECYCLE_JOURNAL to another directory.',
    };
  }
  const waiting = (await namesIn(path)).filter((name) => name.endsWith('.journal'));
  const left =
    waiting.length === 0
      ? ''
      : `; ${waiting.length === 1 ? '1 journal lies' : `${waiting.length} journals lie`} in it`;
  return { check: 'journal', status: 'ok', found: `${path} can be written${left}` };
}

/** A directory that is not there yet is made at the first run; then the nearest one above counts. */
async function assertWritable(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) {
    const above = resolve(path, '..');
    return above === path ? access(path, constants.W_OK) : assertWritable(above);
  }
  if (!stats.isDirectory()) throw new Error('it is no directory');
  // As root every permission check succeeds; a read-only file system shows only when something is written.
  const folder = await mkdtemp(join(path, '.langfuse-lifecycle-doctor-'));
  await rm(folder, { recursive: true });
}

async function namesIn(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => []);
}
