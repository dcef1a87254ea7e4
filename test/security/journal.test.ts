import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { createLifecycle, memorySink, type MemorySink } from '../../src/index.ts';
import { type ClaimOptions, claimAbandoned } from '../../src/journal/journal-claim.ts';
import { nobody } from '../../src/journal/journal-folder.ts';
import { journalVersion } from '../../src/journal/journal-line.ts';
import { madeUpSecret, nested } from './hostile-values.ts';

function makeDirectory(): string {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-security-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'journal');
}

/** Everything that stands in the files of a directory, and their modes. */
function filesIn(directory: string): readonly { readonly mode: number; readonly text: string }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const mode = statSync(path).mode & 0o777;
    return { mode, text: entry.isFile() ? readFileSync(path, 'utf8') : '' };
  });
}

/** A journal as a process would have left it, with lines of anybody's choice. */
function plant(directory: string, lines: readonly string[]): string {
  const folder = join(directory, `1700000000000-1-00000000000a-1.${nobody}.journal`);
  mkdirSync(folder, { recursive: true });
  const header = {
    journal: journalVersion,
    pid: 1,
    host: 'here',
    startedAt: 1,
    instance: '00000000000a',
    from: 1,
  };
  writeFileSync(
    join(folder, '000001.ndjson'),
    `${[JSON.stringify(header), ...lines].join('\n')}\n`,
  );
  return folder;
}

async function recover(directory: string): Promise<MemorySink> {
  const sink = memorySink();
  const lifecycle = createLifecycle({
    sink,
    journalDirectory: directory,
    interruption: false,
    onDiagnostic: () => {},
  });
  await lifecycle.shutdown();
  return sink;
}

async function countOf(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _item of items) count += 1;
  return count;
}

const event = (fields: object): string =>
  JSON.stringify({
    event: { type: 'run-start', runId: 'a', name: 'agent', timestamp: 1, ...fields },
  });

describe('the journal', () => {
  it('is readable for its owner only, even where the umask would allow more', async () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const directory = makeDirectory();
    const lifecycle = createLifecycle({
      sink: memorySink(),
      journalDirectory: directory,
      interruption: false,
    });
    lifecycle.startRun({ name: 'agent', input: { password: madeUpSecret, note: madeUpSecret } });

    await expect
      .poll(() => filesIn(directory).some(({ text }) => text.includes('"agent"')))
      .toBe(true);

    const files = filesIn(directory);
    await lifecycle.shutdown();
    expect(files.map(({ mode }) => mode & 0o077)).toEqual(files.map(() => 0));
    expect(files.map(({ text }) => text).join('')).not.toContain(madeUpSecret);
  });

  it('of another user is left alone, because it would be sent with our keys', async () => {
    const directory = makeDirectory();
    plant(directory, [event({})]);
    const owner = statSync(directory).uid;
    const told: string[] = [];
    const options: ClaimOptions = {
      root: directory,
      self: { pid: 2, host: 'here', startedAt: 2, instance: '00000000000b' },
      now: () => 2,
      livenessOf: () => 'dead',
      tell: (_problem, what) => told.push(what),
      userId: owner + 1,
      onUndecided: () => undefined,
    };

    const taken = await countOf(claimAbandoned(options));
    const before = filesIn(directory);
    const takenByRoot = await countOf(claimAbandoned({ ...options, userId: 0 }));

    expect([taken, takenByRoot]).toEqual([0, 1]);
    expect(before).toHaveLength(2);
    expect(told).toEqual([expect.stringMatching(/belongs to another user; it is left alone\.$/)]);
  });

  it('follows no symbolic link to a file of somebody else', async () => {
    const directory = makeDirectory();
    const folder = plant(directory, [event({})]);
    const secret = join(directory, '..', 'secret.ndjson');
    writeFileSync(secret, `${event({ runId: 'stolen', name: 'stolen' })}\n`);
    symlinkSync(secret, join(folder, '000002.ndjson'));

    const sink = await recover(directory);

    expect(sink.parents.map(({ name }) => name)).toEqual(['agent']);
    expect(readFileSync(secret, 'utf8')).toContain('stolen');
  });

  it('with a damaged, nested or foreign line loses that line and nothing else', async () => {
    const directory = makeDirectory();
    plant(directory, [
      '{"event":{"type":"__proto__","runId":"a","timestamp":1}}',
      '{"event":{"type":"constructor","runId":"a","timestamp":1}}',
      `{"event":${nested(100_000)}}`,
      '{"settled":{"length":4294967295}}',
      '\u0000\u0000',
      event({ metadata: { constructor: { prototype: { polluted: 1 } } } }),
    ]);

    const sink = await recover(directory);

    expect(sink.parents.map(({ name }) => name)).toEqual(['agent']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('in a directory that cannot be used is one diagnostic, and the program runs on', async () => {
    const directory = makeDirectory();
    writeFileSync(directory, 'a file, no directory');
    chmodSync(directory, 0o400);
    const codes: string[] = [];
    const lifecycle = createLifecycle({
      sink: memorySink(),
      journalDirectory: directory,
      interruption: false,
      onDiagnostic: ({ code }) => codes.push(code),
    });

    const result = lifecycle.run({ name: 'agent' }, () => 'answer');
    await lifecycle.shutdown();

    expect(result).toBe('answer');
    expect(new Set(codes)).toEqual(new Set(['journal']));
  });
});
