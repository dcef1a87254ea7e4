import { describe, expect, it } from 'vitest';

import { createWatchedFake, type WatchedFake } from '../../mocks/watched-fake.ts';
import { archiveWrites, type ArchiveLimits, type WriteArchive } from '../../mocks/write-archive.ts';
import { event, get, postBatch, rowsOf } from '../mocks/fake-requests.ts';
import { postRun, traceIdOf } from './bench.ts';

function keep(limits: ArchiveLimits): {
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
} {
  const fake = createWatchedFake({ writeMode: 'dual', history: 'none' });
  return { fake, archive: archiveWrites(fake, limits) };
}

function idsIn(fake: WatchedFake): readonly string[] {
  return fake.traces().map(({ id }) => id);
}

describe('a fake that is bounded', () => {
  it('forgets the traces that were written to longest ago, a tenth at once', () => {
    const { fake, archive } = keep({ traces: 10, characters: Number.POSITIVE_INFINITY });

    for (let number = 1; number <= 10; number += 1) postRun(fake, { number });
    postRun(fake, { number: 1, steps: [{ name: 'goes on' }] });
    postRun(fake, { number: 11 });

    expect(archive.traces).toBe(9);
    expect(idsIn(fake)).toEqual([1, 4, 5, 6, 7, 8, 9, 10, 11].map(traceIdOf));
  });

  it('is bounded in characters too, but keeps the last trace whatever its size', () => {
    const { fake, archive } = keep({ traces: 100, characters: 5000 });

    for (let number = 1; number <= 20; number += 1) postRun(fake, { number });
    const before = archive.characters;
    postRun(fake, { number: 21, input: 'x'.repeat(10_000) });

    expect(before).toBeLessThanOrEqual(5000);
    expect(before).toBeGreaterThan(2000);
    expect(idsIn(fake)).toEqual([traceIdOf(21)]);
  });

  it('forgets a trace in every table that can be read', () => {
    const { fake } = keep({ traces: 100, characters: Number.POSITIVE_INFINITY });
    const id = traceIdOf(50);
    postRun(fake, { number: 1, conversationId: 'chat' });
    postBatch(fake, [
      event('trace-create', { id, name: 'legacy', sessionId: 'legacy-chat' }),
      event('span-create', { id: 's', traceId: id }),
      event('score-create', { id: 'score', traceId: id, name: 'good', value: 1 }),
    ]);
    const paths = ['traces', 'observations', 'sessions', 'scores', 'v2/observations'];
    const before = paths.map((path) => rowsOf(get(fake, path)).length);

    fake.forget(new Set([id, traceIdOf(1)]));

    expect(before).toEqual([2, 2, 2, 1, 1]);
    expect(paths.map((path) => rowsOf(get(fake, path)).length)).toEqual([0, 0, 0, 0, 0]);
    expect(fake.traces()).toEqual([]);
  });

  it('does not bring back what it has forgotten before it was looked at', () => {
    const { fake } = keep({ traces: 100, characters: Number.POSITIVE_INFINITY });
    const id = traceIdOf(50);

    postBatch(fake, [event('trace-create', { id, name: 'legacy' })]);
    fake.forget(new Set([id]));

    expect(fake.traces()).toEqual([]);
    expect(rowsOf(get(fake, 'traces'))).toEqual([]);
  });

  it('keeps the history of its requests only when it is asked to', () => {
    const kept = createWatchedFake({ history: 'all' });
    const { fake } = keep({ traces: 10, characters: 1000 });

    for (const each of [kept, fake]) postRun(each, { number: 1 });

    expect([kept.requests.length, kept.otlpSpans.length]).toEqual([1, 1]);
    expect([fake.requests.length, fake.otlpSpans.length]).toEqual([0, 0]);
  });
});

describe('the archive', () => {
  it('takes each trace of an export apart, in the order of arrival', () => {
    const { fake, archive } = keep({ traces: 10, characters: Number.POSITIVE_INFINITY });
    const id = traceIdOf(3);

    postRun(fake, { number: 2 });
    postBatch(fake, [
      event('trace-create', { id, name: 'one' }),
      event('trace-create', { id: 'other', name: 'two' }),
      event('span-create', { id: 's', traceId: id }),
      event('span-update', { id: 's', name: 'without a trace id' }, { id: 'u' }),
    ]);

    const writes = archive.lines().map((line) => JSON.parse(line));
    expect(writes.map(({ traceId, wire }) => [traceId, wire])).toEqual([
      [traceIdOf(2), 'otlp'],
      [id, 'ingestion'],
      ['other', 'ingestion'],
    ]);
    expect(writes[1].events.map((one: { id: string }) => one.id)).toEqual([
      `trace-create-${id}`,
      'span-create-s',
      'u',
    ]);
    expect(archive.lines('other')).toHaveLength(1);
  });

  it('makes the same traces of an empty fake', () => {
    const { fake, archive } = keep({ traces: 10, characters: Number.POSITIVE_INFINITY });
    postRun(fake, { number: 1, steps: [{ name: 'a' }] });
    postRun(fake, { number: 1, steps: [{ name: 'a' }] });
    postBatch(fake, [event('span-create', { id: 's', traceId: 'x', name: 'legacy' })]);

    const copy = createWatchedFake({ history: 'none' });
    for (const line of archive.lines()) copy.replay(JSON.parse(line));

    expect(copy.traces()).toEqual(fake.traces());
  });
});
