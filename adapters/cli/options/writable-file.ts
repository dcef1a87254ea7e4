import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** A file that can be written when the work is done: it would be late to find that there is no such directory. */
export function parseWritableFile(text: string): string {
  const file = resolve(text);
  const folder = dirname(file);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new InvalidArgumentError(
      `Expected a file in a directory that exists, found none at ${folder}.`,
    );
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new InvalidArgumentError(`Expected a file, found a directory at ${file}.`);
  }
  return file;
}
