import { describe, expect, it } from 'vitest';
import { cutPayload } from '../../adapters/langfuse/cut-payload.ts';
import { createStamps } from '../../adapters/langfuse/ingestion/stamps.ts';
import { type Parcel, toBatches } from '../../adapters/langfuse/parcels.ts';
import { parseRetryAfter } from '../../adapters/langfuse/retry-after.ts';
import { toCostDetails, toUsageDetails } from '../../adapters/langfuse/usage-details.ts';
import { cutText } from '../../adapters/langfuse/values.ts';
import { isAtLeast, parseVersion } from '../../adapters/langfuse/version.ts';
import { endedStep } from './records.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');

  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['1.5', 1_500],
    ['-3', 0],
    ['Fri, 20 Nov 2026 10:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 09:00:00 GMT', 0],
    ['86400', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j is %s ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});

describe('usage details', () => {
  it('leave out of input and output what they name on its own', () => {
    const usage = {
      input: 100,
      output: 50,
      total: 150,
      cacheRead: 30,
      cacheWrite: 10,
      reasoning: 20,
    };

    const details = toUsageDetails(usage);

    expect(details).toEqual({
      input: 60,
      output: 30,
      total: 150,
      input_cached_tokens: 30,
      input_cache_creation: 10,
      output_reasoning_tokens: 20,
    });
    const { total, ...parts } = details;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  });

  it('are whole and never negative, because the server drops anything else', () => {
    expect(toUsageDetails({ input: 1.6, output: -4, cacheRead: 5, total: Number.NaN })).toEqual({
      input: 0,
      output: 0,
      input_cached_tokens: 5,
    });
  });

  it('of cost keep fractions and drop what is no price', () => {
    expect(toCostDetails({ input: 0.001, output: -1 })).toEqual({ input: 0.001 });
  });
});

describe('a version', () => {
  it.each([
    ['4.16.0', { major: 4, minor: 16, patch: 0 }],
    ['v3.98.2-rc.1', { major: 3, minor: 98, patch: 2 }],
    ['3.22', { major: 3, minor: 22, patch: 0 }],
    ['nightly', undefined],
    [4, undefined],
    [undefined, undefined],
  ])('%j reads as %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each([
    ['3.98.2', true],
    ['3.98.1', false],
    ['3.99.0', true],
    ['4.0.0', true],
    ['2.200.0', false],
  ])('%s is at least 3.98.2: %s', (text, expected) => {
    const version = parseVersion(text) ?? { major: 0, minor: 0, patch: 0 };

    expect(isAtLeast(version, { major: 3, minor: 98, patch: 2 })).toBe(expected);
  });
});

describe('cut text', () => {
  it('never ends in half a surrogate pair', () => {
    expect(cutText('ab😀', 3)).toBe('ab');
    expect(cutText('ab😀', 4)).toBe('ab😀');
  });

  it('of a payload says how much there was, and leaves short values as they are', () => {
    const record = endedStep({ output: { text: 'x'.repeat(20_000) }, metadata: { a: 1 } });

    const cut = cutPayload(record);

    expect(cut.output).toMatch(/… \[cut: 20011 characters are more than Langfuse takes at once\]$/);
    expect(cut).toMatchObject({ input: record.input, metadata: { a: 1 }, endTime: record.endTime });
  });
});

describe('stamps', () => {
  it('of different entities do not touch each other', () => {
    const stamps = createStamps();
    const happened = { timeMs: 100, nowMs: 1_000 };

    expect([
      stamps.next('a', happened),
      stamps.next('b', happened),
      stamps.next('a', happened),
    ]).toEqual([100, 100, 101]);
  });

  it('forget the entity that was used longest ago when there are too many', () => {
    const stamps = createStamps(2);
    const happened = { timeMs: 100, nowMs: 1_000 };

    for (const entity of ['a', 'b', 'c']) {
      stamps.next(entity, happened);
      stamps.markShown(entity);
    }

    expect(['a', 'b', 'c'].filter((entity) => stamps.isShown(entity))).toEqual(['b', 'c']);
  });
});

function parcel(bytes: number): Parcel<null> {
  return { index: 0, record: endedStep(), content: null, bytes, form: 'whole' };
}

describe('batches', () => {
  it('fill up in order, and what is too large for any goes alone', () => {
    const batches = toBatches(
      [4, 5, 3, 20, 1].map((bytes) => parcel(bytes)),
      10,
    );

    expect(batches.map((batch) => batch.map(({ bytes }) => bytes))).toEqual([
      [4, 5],
      [3],
      [20],
      [1],
    ]);
  });
});
