import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { openDataFile } from '../../mocks/data-file.ts';
import { dataHeader } from '../../mocks/data-format.ts';
import type { WriteMode } from '../../mocks/fake-langfuse.ts';
import { createWatchedFake, type WatchedFake } from '../../mocks/watched-fake.ts';
import {
  archiveWrites,
  serveLimits,
  type ArchiveLimits,
  type WriteArchive,
} from '../../mocks/write-archive.ts';
import { event, get, postBatch, rowsOf } from '../mocks/fake-requests.ts';
import { postRun, traceIdOf } from './bench.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'runs.ndjson');
}

interface Session {
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
  readonly problems: readonly string[];
  readonly close: () => void;
}

interface OpenOptions {
  readonly limits?: ArchiveLimits;
  readonly writeMode?: WriteMode;
}

function open(
  path: string,
  { limits = serveLimits, writeMode = 'events_only' }: OpenOptions = {},
): Session {
  const fake = createWatchedFake({ writeMode, history: 'none' });
  const archive = archiveWrites(fake, limits);
  const problems: string[] = [];
  const file = openDataFile(path, { fake, archive, onProblem: (text) => problems.push(text) });
  return { fake, archive, problems, close: () => file.close() };
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

describe('a data file', () => {
  it('keeps what both wires brought, in every read, across restarts', () => {
    const path = newPath();
    const first = open(path, { writeMode: 'dual' });
    const id = traceIdOf(9);
    postRun(first.fake, { number: 1, conversationId: 'chat', steps: [{ name: 'search' }] });
    postBatch(first.fake, [
      event('trace-create', { id, name: 'legacy', sessionId: 'chat' }),
      event('generation-create', {
        id: 'g',
        traceId: id,
        model: 'm',
        usage: { input: 3, output: 4 },
      }),
      event('score-create', { id: 's', traceId: id, name: 'good', value: 1 }),
    ]);
    const [traces, scores] = [first.fake.traces(), get(first.fake, 'scores').body];
    first.close();

    const second = open(path);
    second.close();
    const third = open(path);

    expect(traces).toHaveLength(2);
    expect(third.fake.traces()).toEqual(traces);
    expect(rowsOf(get(third.fake, 'v2/observations'))).toHaveLength(2);
    third.fake.setWriteMode('dual');
    expect(get(third.fake, 'scores').body).toMatchObject({
      data: [{ id: 's' }],
      meta: (scores as { meta: unknown }).meta,
    });
    expect(third.problems).toEqual([]);
  });

  it('holds a run before the request is answered, so that a killed server loses nothing', () => {
    const path = newPath();
    const { fake } = open(path);

    postRun(fake, { number: 1 });

    expect(linesOf(path)).toHaveLength(2);
    expect(open(path).fake.traces()).toHaveLength(1);
  });

  it('can be read by its owner only', () => {
    const path = newPath();
    open(path).close();

    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('loses what the fake forgot when it is closed', () => {
    const path = newPath();
    const { fake, close } = open(path);
    postRun(fake, { number: 1 });
    postRun(fake, { number: 2 });

    fake.forget(new Set([traceIdOf(1)]));
    close();

    expect(linesOf(path)).toHaveLength(2);
    expect(
      open(path)
        .fake.traces()
        .map(({ id }) => id),
    ).toEqual([traceIdOf(2)]);
  });

  it('does not grow without end while the server runs', () => {
    const path = newPath();
    const limits: ArchiveLimits = { traces: 10, characters: 20_000 };
    const { fake } = open(path, { limits });

    for (let number = 1; number <= 300; number += 1) postRun(fake, { number });

    expect(statSync(path).size).toBeLessThan(3 * limits.characters);
  });

  it('begins anew when it was moved away meanwhile', () => {
    const path = newPath();
    const { fake } = open(path);
    postRun(fake, { number: 1 });

    rmSync(path);
    postRun(fake, { number: 2 });

    expect(open(path).fake.traces()).toHaveLength(2);
  });
});

describe('a data file that is not whole', () => {
  it.each([
    ['something else', 'hello\n', 'line 1: expected {"format"'],
    [
      'an empty file',
      '',
      'line 1: expected {"format":"langfuse-lifecycle fake data","version":1}, found nothing',
    ],
    [
      'a later format',
      '{"format":"langfuse-lifecycle fake data","version":2}\n',
      'line 1: expected',
    ],
    ['a line that is no JSON', `${dataHeader}\n{"traceId"\n`, 'line 2: '],
    [
      'a line of an unknown kind',
      `${dataHeader}\n{"traceId":"x","atMs":1,"wire":"x"}\n`,
      'line 2: wire: ',
    ],
    [
      'a span that no server takes',
      `${dataHeader}\n{"traceId":"x","atMs":1,"wire":"otlp","to":["v4"],"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"no ids"}]}]}]}\n`,
      'line 2: holds events or spans that no Langfuse takes',
    ],
    [
      'an event that no server takes',
      `${dataHeader}\n{"traceId":"x","atMs":1,"wire":"ingestion","isCopied":false,"events":[{"id":"1"}]}\n`,
      'line 2: holds events or spans that no Langfuse takes',
    ],
  ])('%s: is told with its line, and left as it is', (_what, text, message) => {
    const path = newPath();
    writeFileSync(path, text);

    expect(() => open(path)).toThrow(message);
    expect(() => open(path)).toThrow('It was left as it is; move it away or name another file.');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('loses only the line that broke off when the server was killed, and says so', () => {
    const path = newPath();
    const first = open(path);
    postRun(first.fake, { number: 1 });
    appendFileSync(path, '{"traceId":"00000000');

    const second = open(path);
    postRun(second.fake, { number: 2 });

    expect(second.problems).toEqual([`${path}: the last line broke off and was left out.`]);
    expect(open(path).fake.traces()).toHaveLength(2);
  });

  it('takes a whole last line without a line break', () => {
    const path = newPath();
    const first = open(path);
    postRun(first.fake, { number: 1 });
    writeFileSync(path, readFileSync(path, 'utf8').trimEnd());

    const second = open(path);
    postRun(second.fake, { number: 2 });

    expect(second.problems).toEqual([]);
    expect(open(path).fake.traces()).toHaveLength(2);
  });

  it('is told at once when it cannot be written or read', () => {
    const folder = join(newPath(), '..');

    expect(() => open(join(folder, 'no', 'such', 'folder.ndjson'))).toThrow(
      /^Cannot write the data file \S+folder\.ndjson: ENOENT: no such file or directory\.$/,
    );
    expect(() => open(folder)).toThrow(
      /^Cannot read the data file \S+: EISDIR: illegal operation on a directory\.$/,
    );
  });

  it('is not written over when another program wrote to it', () => {
    const path = newPath();
    const { fake, problems, close } = open(path);
    postRun(fake, { number: 1 });
    const other = open(path);
    postRun(other.fake, { number: 2 });
    other.close();

    close();

    expect(problems).toEqual([`${path} was changed by another program and is not written over.`]);
    expect(open(path).fake.traces()).toHaveLength(2);
  });

  it('does not stop the server when it cannot be written any more', () => {
    const path = newPath();
    const { fake, problems } = open(path);
    rmSync(join(path, '..'), { recursive: true });

    postRun(fake, { number: 1 });

    expect(problems[0]).toContain('could not be written');
    expect(fake.traces()).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
  });
});
