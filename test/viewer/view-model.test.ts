import { describe, expect, it } from 'vitest';

import type { RunDetails, StepSummary } from '../../mocks/viewer/api.ts';
import { explainMissing } from '../../mocks/viewer/browser/explain-missing.ts';
import {
  toClock,
  toCost,
  toDuration,
  toElapsed,
  toTokens,
} from '../../mocks/viewer/browser/format.ts';
import { toJsonLines, type JsonLine } from '../../mocks/viewer/browser/json-lines.ts';
import { parseRoute, shows, toHash, type Route } from '../../mocks/viewer/browser/routes.ts';
import { countShown, createRunList, narrow } from '../../mocks/viewer/browser/run-list.ts';
import { toRunRow } from '../../mocks/viewer/browser/run-row.ts';
import { toStepRows } from '../../mocks/viewer/browser/step-tree.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { observation, rootObservation, traceOf } from '../mocks/sample-traces.ts';
import { firstStart, runSummary } from './bench.ts';

describe('an address of the page', () => {
  const routes: readonly Route[] = [
    { view: 'runs', show: 'all', query: '' },
    { view: 'runs', show: 'error', query: 'a b & c=d #1 ä' },
    { view: 'run', id: 'abc', step: undefined },
    { view: 'run', id: 'a/b?c#d%20e', step: 'x/y 2' },
    { view: 'run', id: '..', step: '' },
    { view: 'run', id: '"><img src=x onerror=alert(1)>', step: '../..' },
    { view: 'conversation', id: 'chat:7/é' },
  ];

  it.each(routes)('says the same when it is read: %j', (route) => {
    expect(parseRoute(toHash(route))).toEqual(route);
  });

  it.each([
    '',
    '#',
    '#/',
    '#/nowhere',
    '#/runs',
    '#/?show=nothing',
    '#/runs/',
    'x',
    '#/conversations/',
  ])('%j is the list of all runs', (hash) => {
    expect(parseRoute(hash)).toEqual({ view: 'runs', show: 'all', query: '' });
  });

  it('can be made of half a character, and read with a broken escape', () => {
    expect(toHash({ view: 'run', id: '\ud800', step: undefined })).toBe('#/runs/%EF%BF%BD');
    expect(parseRoute('#/runs/%zz')).toMatchObject({ id: '%zz' });
  });
});

describe('the list of runs', () => {
  const runs = [
    runSummary({ id: 'a', startedAt: 3 }),
    runSummary({
      id: 'b',
      startedAt: 2,
      status: 'error',
      reason: 'timeout',
      message: 'Gateway too slow',
      level: 'ERROR',
    }),
    runSummary({ id: 'c', startedAt: 1, missing: 2, userId: 'Ada', tags: ['beta'] }),
    runSummary({ id: 'd', startedAt: 0, status: 'in_progress', missing: 4, conversationId: null }),
  ];

  it('has the newest first, and a run that is told again in its place', () => {
    const list = createRunList();
    list.put(runs.toReversed());
    list.put([runSummary({ id: 'c', startedAt: 1, name: 'renamed' })]);

    expect(list.runs.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(list.get('c')?.name).toBe('renamed');
  });

  it('loses what is gone, and after a reset what was not told again', () => {
    const list = createRunList();
    list.put(runs);

    list.drop(['a']);
    list.beginReset();
    list.put([runSummary({ id: 'b' }), runSummary({ id: 'e' })]);
    const during = list.runs.length;
    list.endReset();

    expect(during).toBe(4);
    expect(list.runs.map(({ id }) => id).toSorted()).toEqual(['b', 'e']);
  });

  it.each([
    ['all', ['a', 'b', 'c', 'd']],
    ['error', ['b']],
    ['incomplete', ['c']],
    ['in_progress', ['d']],
    ['completed', ['a', 'c']],
    ['suspended', []],
  ] as const)('shows of "%s" those, an open run not as incomplete', (show, ids) => {
    expect(narrow(runs, { show, query: '' }).map(({ id }) => id)).toEqual(ids);
    expect(countShown(runs, shows).get(show)).toBe(ids.length);
  });

  it.each([
    ['gateway SLOW', ['b']],
    ['timeout', ['b']],
    ['ada', ['c']],
    ['beta', ['c']],
    ['chat-1', ['a', 'b', 'c']],
    ['where order', ['a', 'b', 'c', 'd']],
    ['where nothing', []],
    ['   ', ['a', 'b', 'c', 'd']],
  ])('finds for %j every run that has all words, in any field', (query, ids) => {
    expect(narrow(runs, { show: 'all', query }).map(({ id }) => id)).toEqual(ids);
  });
});

describe('a row of the list', () => {
  it('shows the error of a failed run in place of its input', () => {
    const run = runSummary({
      status: 'error',
      reason: 'model_error',
      message: 'HTTP 503\n  from the model',
    });

    const row = toRunRow(run, firstStart);

    expect(row).toMatchObject({
      gist: 'HTTP 503 from the model',
      gistKind: 'error',
      reason: 'model_error',
    });
  });

  it('counts the seconds of an open run, and does not judge it', () => {
    const run = runSummary({ status: 'in_progress', reason: null, endedAt: null, missing: 5 });

    const row = toRunRow(run, firstStart + 61_900);

    expect(row).toMatchObject({ statusText: 'in progress', duration: '1 m 01 s', verdict: 'open' });
  });

  it('never shows a negative time when clocks differ', () => {
    const open = runSummary({ status: 'in_progress', endedAt: null });

    expect(toRunRow(open, firstStart - 5000).duration).toBe('0 s');
  });

  it('says how much an incomplete parent lacks', () => {
    expect(toRunRow(runSummary({ missing: 3 }), firstStart)).toMatchObject({
      verdict: 'incomplete',
      verdictText: '3 missing',
    });
  });
});

describe('figures', () => {
  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1.00 s'],
    [9994, '9.99 s'],
    [12_340, '12.3 s'],
    [59_996, '1 m 00 s'],
    [3_599_000, '59 m 59 s'],
    [3_600_000, '1 h 00 m'],
    [-1500, '-1.50 s'],
    [Number.NaN, ''],
  ])('%d milliseconds are %j', (ms, text) => {
    expect(toDuration(ms)).toBe(text);
  });

  it.each([
    [4999, '4 s'],
    [61_000, '1 m 01 s'],
    [-1, '0 s'],
  ])('%d milliseconds so far are %j', (ms, text) => {
    expect(toElapsed(ms)).toBe(text);
  });

  it.each([
    [null, ''],
    [0, '$0.0000'],
    [0.0000123, '$0.000012'],
    [0.0042, '$0.0042'],
    [0.25, '$0.2500'],
    [12.5, '$12.50'],
  ])('a cost of %d is %j', (cost, text) => {
    expect(toCost(cost)).toBe(text);
  });

  it('tokens are given by side where both are known', () => {
    expect(toTokens({ input: 1200, output: 30, total: 1230 })).toBe('1,200 in, 30 out');
    expect(toTokens({ input: null, output: null, total: 7 })).toBe('7');
    expect(toTokens({ input: null, output: null, total: null })).toBe('');
  });

  it('a time of another day or year says so', () => {
    const now = new Date(2026, 10, 25, 18, 0, 5).getTime();

    expect(toClock(now, now)).toBe('18:00:05');
    expect(toClock(new Date(2026, 10, 24, 9, 1, 2).getTime(), now)).toBe('24 Nov 09:01:02');
    expect(toClock(new Date(2025, 0, 2).getTime(), now)).toBe('2 Jan 2025');
    expect(toClock(Number.NaN, now)).toBe('');
  });
});

function step(changes: Partial<StepSummary> & Pick<StepSummary, 'id'>): StepSummary {
  return {
    key: changes.id,
    parentId: 'root',
    type: 'TOOL',
    name: changes.id,
    level: 'DEFAULT',
    message: null,
    status: null,
    reason: null,
    startedAt: firstStart + 100,
    endedAt: firstStart + 200,
    firstTokenAt: null,
    model: null,
    tokens: { input: null, output: null, total: null },
    cost: null,
    isRoot: false,
    ...changes,
  };
}

const root = step({
  id: 'root',
  parentId: null,
  type: 'AGENT',
  startedAt: firstStart,
  endedAt: firstStart + 1000,
  isRoot: true,
});

function detailsOf(
  steps: readonly StepSummary[],
  run: Parameters<typeof runSummary>[0] = {},
): RunDetails {
  return { run: runSummary({ endedAt: firstStart + 1000, ...run }), missing: [], steps };
}

const open = { collapsed: new Set<string>(), now: firstStart + 2000 };

function outline(details: RunDetails, view = open): readonly string[] {
  return toStepRows(details, view).map(({ depth, name }) => `${'  '.repeat(depth - 1)}${name}`);
}

describe('the tree of a run', () => {
  it('has each step below the one that it is in, siblings in the order of their start', () => {
    const steps = [root, step({ id: 'a' }), step({ id: 'a1', parentId: 'a' }), step({ id: 'b' })];

    expect(outline(detailsOf(steps))).toEqual(['root', '  a', '    a1', '  b']);
    expect(
      toStepRows(detailsOf(steps), open).map(({ position, siblings }) => [position, siblings]),
    ).toEqual([
      [1, 1],
      [1, 2],
      [1, 1],
      [2, 2],
    ]);
  });

  it('leaves out what is below a folded step', () => {
    const steps = [root, step({ id: 'a' }), step({ id: 'a1', parentId: 'a' }), step({ id: 'b' })];

    expect(outline(detailsOf(steps), { ...open, collapsed: new Set(['a']) })).toEqual([
      'root',
      '  a',
      '  b',
    ]);
  });

  it('puts a line for the run above its steps while the root has not come', () => {
    const details = detailsOf([step({ id: 'a' }), step({ id: 'b', endedAt: null })], {
      status: 'in_progress',
      endedAt: null,
    });

    const rows = toStepRows(details, open);

    expect(outline(details)).toEqual(['support-agent', '  a', '  b']);
    expect(rows.map(({ key, isOpen, duration }) => [key, isOpen, duration])).toEqual([
      ['', true, '2 s …'],
      ['a', false, '100 ms'],
      ['b', true, '1 s …'],
    ]);
  });

  it('shows every step of broken data: parents that are not there, circles, twins, itself as parent', () => {
    const steps = [
      root,
      step({ id: 'orphan', parentId: 'nowhere' }),
      step({ id: 'x', parentId: 'y' }),
      step({ id: 'y', parentId: 'x' }),
      step({ id: 'self', parentId: 'self' }),
      step({ id: 'twin' }),
      step({ id: 'twin', key: 'twin 2' }),
    ];

    const keys = toStepRows(detailsOf(steps), open).map(({ key }) => key);

    expect(keys.toSorted()).toEqual(['orphan', 'root', 'self', 'twin', 'twin 2', 'x', 'y']);
  });

  it('takes a chain of ten thousand levels', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      step({ id: `s${index}`, parentId: index === 0 ? 'root' : `s${index - 1}` }),
    );

    expect(toStepRows(detailsOf([root, ...chain]), open).at(-1)?.depth).toBe(10_001);
  });
});

describe('the time line', () => {
  it('places each step within the run, with its first token', () => {
    const generation = step({
      id: 'g',
      type: 'GENERATION',
      startedAt: firstStart + 250,
      endedAt: firstStart + 750,
      firstTokenAt: firstStart + 350,
    });

    const [whole, part] = toStepRows(detailsOf([root, generation]), open);

    expect(whole).toMatchObject({ start: 0, length: 1 });
    expect(part).toMatchObject({ start: 0.25, length: 0.5, firstToken: 0.2 });
  });

  it('stays within its bounds for steps that end before they start or outlive the run', () => {
    const steps = [
      root,
      step({ id: 'backwards', startedAt: firstStart + 500, endedAt: firstStart + 400 }),
      step({ id: 'late', startedAt: firstStart + 900, endedAt: firstStart + 3000 }),
      step({ id: 'early', startedAt: firstStart - 1000, endedAt: firstStart }),
    ];

    for (const { start, length } of toStepRows(detailsOf(steps), open)) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(length).toBeGreaterThanOrEqual(0);
      expect(start + length).toBeLessThanOrEqual(1.000_001);
    }
  });

  it('shows an event as a moment, without a duration', () => {
    const marker = step({ id: 'm', type: 'EVENT', endedAt: null, status: 'in_progress' });

    expect(toStepRows(detailsOf([root, marker]), open)[1]).toMatchObject({
      isMoment: true,
      isOpen: false,
      duration: '',
      note: 'tells that the run has begun',
    });
  });
});

function textOf(lines: readonly JsonLine[]): string {
  return lines
    .map(({ indent, tokens }) => '  '.repeat(indent) + tokens.map(({ text }) => text).join(''))
    .join('\n');
}

const noLimits = { lines: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY };

describe('formatted JSON', () => {
  it.each([
    { a: 1, b: [true, null, 'x'], c: {}, d: [], e: { f: -0.5 } },
    [],
    {},
    [[1], [{}]],
    { __proto__x: 1, 'with "quotes"': 2 },
    3,
    null,
    false,
  ])('is laid out as JSON.stringify does it: %j', (value) => {
    expect(textOf(toJsonLines(value, noLimits).lines)).toBe(JSON.stringify(value, null, 2));
  });

  it('gives the lines of a text as lines, and a text alone without quotes', () => {
    expect(textOf(toJsonLines({ prompt: 'one\ntwo' }, noLimits).lines)).toBe(
      '{\n  "prompt": "one\n    two"\n}',
    );
    expect(textOf(toJsonLines('one\r\ntwo', noLimits).lines)).toBe('one\ntwo');
  });

  it('is cut where it is too long, and says so', () => {
    const list = Array.from({ length: 1000 }, (_, index) => index);

    const byLines = toJsonLines(list, { ...noLimits, lines: 10 });
    const byCharacters = toJsonLines('x'.repeat(100), { ...noLimits, characters: 10 });

    expect([byLines.lines.length, byLines.isCut]).toEqual([10, true]);
    expect([textOf(byCharacters.lines), byCharacters.isCut]).toEqual([`${'x'.repeat(10)}…`, true]);
    expect(toJsonLines([1, 2], { ...noLimits, lines: 4 }).isCut).toBe(false);
  });
});

describe('what a parent lacks', () => {
  it('is taken apart and explained, for every sentence that there is', () => {
    const root = rootObservation();
    const bare = { name: '', input: null, output: null, metadata: {}, endTime: null };
    const failed = { level: 'DEFAULT', metadata: { status: 'error', reason: 'timeout' } };
    const traces = [
      traceOf([observation()]),
      traceOf([root, rootObservation({ id: 'second' })]),
      traceOf([root], { name: '', metadata: { status: 'in_progress' } }),
      traceOf([rootObservation(bare)], { sessionId: null }),
      traceOf([rootObservation(failed)]),
      traceOf([root], { sessionId: 'another' }),
      traceOf([root, observation({ endTime: null }), observation()]),
      traceOf([
        root,
        observation({ endTime: '2026-11-23T13:00:00.000Z', sessionId: 'x', traceName: 'x' }),
      ]),
    ];
    const sentences = traces.flatMap(missingFromParent);

    const parts = sentences.map(explainMissing);

    expect(new Set(parts.map(({ advice }) => advice)).size).toBeGreaterThan(12);
    for (const [index, { subject, found, advice }] of parts.entries()) {
      expect(`${subject}: ${found}`).toBe(sentences[index]);
      expect([subject, advice]).not.toEqual([subject, '']);
    }
    expect(parts[0]).toMatchObject({
      subject: 'root observation',
      found: expect.stringMatching(/^expected exactly one, found none/),
      advice: expect.stringContaining('their parent did not'),
    });
  });

  it('keeps a sentence that it does not know', () => {
    expect(explainMissing('something new')).toEqual({
      subject: 'something new',
      found: '',
      advice: '',
    });
  });
});
