import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  claimFolder,
  type FolderName,
  isMissing,
  nobody,
  parseFolderName,
  readOwnership,
  toFolderName,
} from './journal-folder.ts';
import type { JournalOwner, Liveness } from './journal-owner.ts';
import type { TellProblem } from './journal-problem.ts';

/** What a look into the journal directory needs. */
export interface ClaimOptions {
  readonly root: string;
  readonly self: JournalOwner;
  readonly now: () => number;
  readonly livenessOf: (owner: JournalOwner, silenceMs: number, self: JournalOwner) => Liveness;
  readonly tell: TellProblem;
  /** The user whose process this is; undefined where the system knows none. */
  readonly userId: number | undefined;
  /** Called for a journal whose owner cannot be asked and was heard of a short time ago. */
  readonly onUndecided: () => void;
}

/** Takes over, one by one, the journals whose processes are gone. What is not ours stays untouched. */
export async function* claimAbandoned(options: ClaimOptions): AsyncGenerator<FolderName> {
  for (const name of await namesIn(options)) {
    const parsed = parseFolderName(name);
    if (parsed === 'foreign') {
      options.tell(
        'foreign',
        `${name} in the journal directory ${options.root} is not a journal; it is left alone. Give the journal a directory of its own.`,
      );
    } else if (parsed === 'discarded') {
      await removeRubbish(join(options.root, name));
    } else if (parsed.instance !== options.self.instance && (await isAbandoned(parsed, options))) {
      const claimed = await claim(parsed, options);
      if (claimed !== undefined) yield claimed;
    }
  }
}

async function namesIn({ root, tell }: ClaimOptions): Promise<readonly string[]> {
  try {
    return (await readdir(root)).toSorted();
  } catch (error) {
    if (!isMissing(error))
      tell('unreadable', `The journal directory ${root} could not be read`, error);
    return [];
  }
}

async function removeRubbish(path: string): Promise<void> {
  try {
    if ((await lstat(path)).isDirectory()) await rm(path, { recursive: true, force: true });
  } catch {
    // Whoever discarded it removes it, or the next one who looks.
  }
}

async function isAbandoned(name: FolderName, options: ClaimOptions): Promise<boolean> {
  const { root, self, now, livenessOf, tell, userId, onUndecided } = options;
  const path = join(root, toFolderName(name));
  const kind = await kindOf(path, userId);
  if (kind !== 'ours') {
    const what = kind === 'other' ? 'is no folder' : 'belongs to another user';
    tell('foreign', `${path} has the name of a journal and ${what}; it is left alone.`);
    return false;
  }
  if (name.instance === nobody) return true;
  const ownership = await readOwnership(path, name.instance);
  if (ownership === undefined) return false;
  const { owner, lastHeardAt } = ownership;
  if (owner === 'other-version') {
    tell(
      'version',
      `The journal ${path} was written by another version of this library; it is left to that one. Deliver it with that version: langfuse-lifecycle deliver.`,
    );
    return false;
  }
  // Somebody that no one can ask: only its silence tells.
  const asked = owner === 'unreadable' ? { ...self, host: '', pidSpace: '' } : owner;
  const liveness = livenessOf(asked, now() - lastHeardAt, self);
  if (liveness === 'unknown') onUndecided();
  return liveness === 'dead';
}

/**
 * What another user wrote would be sent with our keys, as ours. The superuser may deliver for everybody: that is how
 * `deliver` is run on a machine.
 */
async function kindOf(
  path: string,
  userId: number | undefined,
): Promise<'ours' | 'foreign-user' | 'other'> {
  try {
    const found = await lstat(path);
    if (!found.isDirectory()) return 'other';
    return userId === undefined || userId === 0 || found.uid === userId ? 'ours' : 'foreign-user';
  } catch {
    return 'other';
  }
}

async function claim(
  name: FolderName,
  { root, self, now, tell }: ClaimOptions,
): Promise<FolderName | undefined> {
  try {
    const path = await claimFolder(root, name, { owner: self, now: now() });
    return path === undefined ? undefined : { id: name.id, instance: self.instance };
  } catch (error) {
    tell(
      'unclaimable',
      `The journal ${toFolderName(name)} in ${root} could not be taken over`,
      error,
    );
    return undefined;
  }
}
