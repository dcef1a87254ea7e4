import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as paths from '../../adapters/cli/options/paths.ts';
import { reasonOf } from '../../adapters/cli/options/system-reason.ts';

type Parser =
  | 'parseReadableFile'
  | 'parseWritableFile'
  | 'parseReplaceableFile'
  | 'parseReadableDirectory'
  | 'parseWritableDirectory';

const module = new URL('../../adapters/cli/options/paths.ts', import.meta.url).href;

/** Calls a parser as somebody who is not root: to root no file is closed. */
function parseAsUser(parser: Parser, path: string): string {
  const code = `
    const { ${parser} } = await import(${JSON.stringify(module)});
    if (process.getuid() === 0) process.setuid(65534);
    try { console.log(${parser}(${JSON.stringify(path)})); } catch (error) { console.log(error.message); }`;
  const args = ['--input-type=module', '--eval', code];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

interface Place {
  readonly folder: string;
  readonly file: string;
  /** Not there yet. */
  readonly newFile: string;
}

/** A folder that anybody may read, with a file in it. */
function makePlace({ mode }: { readonly mode: number } = { mode: 0o755 }): Place {
  const base = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-paths-'));
  chmodSync(base, 0o755);
  const folder = join(base, 'inner');
  const file = join(folder, 'file');
  mkdirSync(folder);
  writeFileSync(file, 'text');
  chmodSync(file, 0o644);
  chmodSync(folder, mode);
  onTestFinished(() => {
    chmodSync(folder, 0o755);
    rmSync(base, { recursive: true, force: true });
  });
  return { folder, file, newFile: join(folder, 'new') };
}

const denied =
  /cannot be used \(EACCES: permission denied\)\. Check its permissions, or name another/;

describe('a path of an option', () => {
  it('that can be used is taken as an absolute one', () => {
    const { folder, file, newFile } = makePlace();

    expect(paths.parseReadableFile(file)).toBe(file);
    expect(paths.parseWritableFile(newFile)).toBe(newFile);
    expect(paths.parseReplaceableFile(file)).toBe(file);
    expect(paths.parseReadableDirectory(folder)).toBe(folder);
    expect(paths.parseWritableDirectory(`${folder}/../inner`)).toBe(folder);
  });

  it('is told with what was found there instead', () => {
    const { folder, file } = makePlace();
    const nowhere = join(folder, 'no', 'such');

    expect(() => paths.parseReadableFile(nowhere)).toThrow(
      `Expected a file, found none at ${nowhere}.`,
    );
    expect(() => paths.parseReadableFile(folder)).toThrow(
      `Expected a file, found a directory at ${folder}.`,
    );
    expect(() => paths.parseWritableFile(nowhere)).toThrow(
      `Expected a file in a directory that exists, found none at ${join(folder, 'no')}.`,
    );
    expect(() => paths.parseReplaceableFile(folder)).toThrow('found a directory');
    expect(() => paths.parseReadableDirectory(file)).toThrow(
      `Expected a directory, found none at ${file}.`,
    );
  });
});

describe.skipIf(process.platform === 'win32')('a path that this user may not use', () => {
  it.each([
    { what: 'a file in a closed folder', mode: 0o000, parser: 'parseReadableFile' },
    { what: 'a new file in a folder that is read only', mode: 0o555, parser: 'parseWritableFile' },
    { what: 'a folder that is read only', mode: 0o555, parser: 'parseWritableDirectory' },
    { what: 'a folder that cannot be listed', mode: 0o311, parser: 'parseReadableDirectory' },
  ] as const)('is told before any work: $what', ({ mode, parser }) => {
    const { folder, file, newFile } = makePlace({ mode });
    const asked = { parseReadableFile: file, parseWritableFile: newFile } as const;

    const told = parseAsUser(
      parser,
      parser in asked ? asked[parser as keyof typeof asked] : folder,
    );

    expect(told).toMatch(denied);
  });

  it('may be written in place where nothing can be put beside it', () => {
    const { folder, file } = makePlace({ mode: 0o555 });
    chmodSync(file, 0o666);

    expect(parseAsUser('parseWritableFile', file)).toBe(file);
    expect(parseAsUser('parseReplaceableFile', file)).toBe(
      `${folder} cannot be used (EACCES: permission denied). Check its permissions, or name another one.`,
    );
  });
});

describe('the reason of an error', () => {
  it('of the system is without the call and its path', () => {
    const error = caught(() => readFileSync("/no/such, open 'file"));

    expect(reasonOf(error)).toBe('ENOENT: no such file or directory');
  });

  it('of anything else is its message', () => {
    expect(reasonOf(new Error('full, open it'))).toBe('full, open it');
    expect(reasonOf('text')).toBe('text');
  });
});

function caught(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
