import { constants, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openForReading } from './journal-reader.ts';
import { type JournalOwner, parseOwner, toOwnerText } from './journal-owner.ts';

/**
 * A journal is a folder `<id>.<instance of its owner>.journal` in the journal directory. It changes hands by being
 * renamed, which exactly one process can do, and it is given up by being renamed, too, so that no half of it is left.
 * In it lie a file for each owner that it had, whose time of change is when that one was last heard of, and segments.
 */
export interface FolderName {
  readonly id: string;
  /** The instance that owns it; {@link nobody} when it may be taken at once. */
  readonly instance: string;
}

/** In the place of an owner: a journal that was closed with something left in it. */
export const nobody = '000000000000';

const folderPattern =
  /^(?<id>\d{1,16}-\d{1,10}-[0-9a-f]{12}-\d{1,10})\.(?<instance>[0-9a-f]{12})\.journal$/;
const discardedPattern = /^\d{1,16}-\d{1,10}-[0-9a-f]{12}-\d{1,10}\.discarded$/;
const segmentPattern = /^(\d{6,15})\.ndjson$/;

/** Only the owner of the process may read what agents were told. */
export const privateFile = 0o600;
const privateFolder = 0o700;

/** The id of the `period`th journal of its owner. */
export function folderId({ startedAt, pid, instance }: JournalOwner, period: number): string {
  return `${startedAt}-${pid}-${instance}-${period}`;
}

/** The name of a journal's folder. */
export function toFolderName({ id, instance }: FolderName): string {
  return `${id}.${instance}.journal`;
}

/** What a name in the journal directory stands for. */
export function parseFolderName(name: string): FolderName | 'discarded' | 'foreign' {
  const { id, instance } = folderPattern.exec(name)?.groups ?? {};
  if (id !== undefined && instance !== undefined) return { id, instance };
  return discardedPattern.test(name) ? 'discarded' : 'foreign';
}

/** The file of a segment. */
export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(6, '0')}.ndjson`);
}

/** The numbers of the segments in a folder, oldest first. Anything else in it is left out. */
export async function listSegments(folder: string): Promise<readonly number[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => Number(segmentPattern.exec(name)?.[1] ?? Number.NaN))
    .filter((segment) => !Number.isNaN(segment))
    .toSorted((a, b) => a - b);
}

/** Makes the folder, and the directory around it, readable for nobody else. */
export async function createFolder(
  root: string,
  name: FolderName,
  owner: JournalOwner,
): Promise<void> {
  const path = join(root, toFolderName(name));
  await mkdir(root, { recursive: true, mode: privateFolder });
  await mkdir(path, { recursive: true, mode: privateFolder });
  await writeOwner(path, owner);
}

/** The same while no event loop runs; whatever was made of it already stays. */
export function createFolderSync(root: string, name: FolderName, owner: JournalOwner): void {
  const path = join(root, toFolderName(name));
  mkdirSync(path, { recursive: true, mode: privateFolder });
  writeFileSync(ownerPath(path, owner.instance), toOwnerText(owner), { mode: privateFile });
}

function ownerPath(folder: string, instance: string): string {
  return join(folder, `owner-${instance}.json`);
}

async function writeOwner(folder: string, owner: JournalOwner): Promise<void> {
  const flags =
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(ownerPath(folder, owner.instance), flags, privateFile);
  try {
    await handle.writeFile(toOwnerText(owner));
  } finally {
    await handle.close();
  }
}

/** Who owns a folder, and when that one was last heard of. */
export interface Ownership {
  readonly owner: JournalOwner | 'unreadable' | 'other-version';
  readonly lastHeardAt: number;
}

/** Reads who `instance` is; undefined when the folder is gone. */
export async function readOwnership(
  folder: string,
  instance: string,
): Promise<Ownership | undefined> {
  try {
    const handle = await openForReading(ownerPath(folder, instance));
    try {
      const { mtimeMs, size } = await handle.stat();
      const owner = size > 65_536 ? 'unreadable' : parseOwner(await handle.readFile('utf8'));
      return { owner, lastHeardAt: mtimeMs };
    } finally {
      await handle.close();
    }
  } catch {
    return withoutOwnerFile(folder);
  }
}

/** The owner went between making the folder and writing its name, or is just about to. */
async function withoutOwnerFile(folder: string): Promise<Ownership | undefined> {
  try {
    return { owner: 'unreadable', lastHeardAt: (await lstat(folder)).mtimeMs };
  } catch {
    return undefined;
  }
}

/** Says that the owner lives. Rejects with ENOENT when the folder is somebody else's by now. */
export async function beat(folder: string, instance: string, nowMs: number): Promise<void> {
  const now = nowMs / 1_000;
  await utimes(ownerPath(folder, instance), now, now);
}

/**
 * Takes a folder over for `owner`. The owner's file is in place before the name says so: whoever finds the folder later
 * can always tell who has it.
 *
 * @returns its new path, or undefined when somebody else was faster
 */
export async function claimFolder(
  root: string,
  name: FolderName,
  { owner, now }: { readonly owner: JournalOwner; readonly now: number },
): Promise<string | undefined> {
  const path = join(root, toFolderName(name));
  const claimed = join(root, toFolderName({ id: name.id, instance: owner.instance }));
  try {
    await writeOwner(path, owner);
    await beat(path, owner.instance, now);
    await rename(path, claimed);
    return claimed;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Lets the next process have a folder at once. */
export async function giveAway(root: string, name: FolderName): Promise<void> {
  await rename(
    join(root, toFolderName(name)),
    join(root, toFolderName({ id: name.id, instance: nobody })),
  );
}

/** Removes a folder in which nothing is owed. Interrupted half-way it stays recognisable as rubbish. */
export async function discardFolder(root: string, name: FolderName): Promise<void> {
  const discarded = join(root, `${name.id}.discarded`);
  try {
    await rename(join(root, toFolderName(name)), discarded);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await rm(discarded, { recursive: true, force: true });
}

/** The same while no event loop runs. */
export function discardFolderSync(root: string, name: FolderName): void {
  const discarded = join(root, `${name.id}.discarded`);
  try {
    renameSync(join(root, toFolderName(name)), discarded);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  rmSync(discarded, { recursive: true, force: true });
}

/** Whether an error says that something is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
