import { createHash } from 'node:crypto';
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import type { SavedProgress } from './progress.ts';

/** How far one file of events has been sent; kept beside it, so that a second start goes on from there. */
export interface Checkpoint {
  readonly version: 1;
  /** Tells the file from another one, see {@link headOf}. */
  readonly head: string;
  readonly progress: SavedProgress;
}

const count = z.number().int().nonnegative();

const checkpointSchema: z.ZodType<Checkpoint> = z.object({
  version: z.literal(1),
  head: z.string().regex(/^\d+:/),
  progress: z.object({
    from: z.object({ offset: count, line: count }),
    runs: z.array(z.tuple([z.string(), count])),
    steps: z.array(z.tuple([z.string(), z.array(z.string())])),
  }),
});

/** What a checkpoint file says; `absent` when there is none. */
export type CheckpointFile =
  | { readonly type: 'absent' }
  | { readonly type: 'read'; readonly checkpoint: Checkpoint }
  /** Why it cannot be gone on from, in a sentence that says what to do. */
  | { readonly type: 'unusable'; readonly message: string };

/** Reads the checkpoint of `file`. */
export function readCheckpoint(path: string, file: string): CheckpointFile {
  const text = readIfThere(path);
  if (text === undefined) return { type: 'absent' };
  const checkpoint = toCheckpoint(text);
  if (checkpoint === undefined) {
    const message = `${path} is not a checkpoint of this command, and was left as it is. Name another file.`;
    return { type: 'unusable', message };
  }
  // What was sent is still there, unless it is another file or somebody emptied it.
  if (
    checkpoint.head !== headOf(file, Number.parseInt(checkpoint.head, 10)) ||
    checkpoint.progress.from.offset > statSync(file).size
  ) {
    const message = `${path} belongs to a file that begins otherwise or was longer. Name another checkpoint, or delete it to send everything again.`;
    return { type: 'unusable', message };
  }
  return { type: 'read', checkpoint };
}

/** Writes it whole or not at all. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  const draft = `${path}.${process.pid}.part`;
  writeFileSync(draft, JSON.stringify(checkpoint));
  renameSync(draft, path);
}

const headBytes = 4_096;

/** The length of a file's beginning, up to `bytes`, and its hash. It stays when lines are added to the file. */
export function headOf(path: string, bytes: number = headBytes): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(headBytes, bytes));
    const read = readSync(file, buffer, 0, buffer.length, 0);
    const hash = createHash('sha256').update(buffer.subarray(0, read)).digest('hex');
    return `${read}:${hash}`;
  } finally {
    closeSync(file);
  }
}

function toCheckpoint(text: string): Checkpoint | undefined {
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
