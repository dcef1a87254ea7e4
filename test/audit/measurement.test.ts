import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createBoundedGroups } from '../../adapters/cli/audit/measure/bounded-groups.ts';
import { createFirsts } from '../../adapters/cli/audit/measure/firsts.ts';
import { checkLimits } from '../../adapters/cli/audit/measure/guardrail.ts';
import {
  createMeasurement,
  type Measurement,
} from '../../adapters/cli/audit/measure/measurement.ts';
import { type AuditReport, toReport } from '../../adapters/cli/audit/report/report.ts';
import type { AuditedTrace } from '../../adapters/langfuse/reads/audited-trace.ts';
import { hourMs, now, parent, parentless, rules } from './traces.ts';

const window = { from: now - 24 * hourMs, to: now };

function measure(traces: Iterable<AuditedTrace>, listed = 3): Measurement {
  const measurement = createMeasurement({ window, rules, listed });
  for (const trace of traces) measurement.add(trace);
  return measurement;
}

function reportOf(measured: Measurement): AuditReport {
  return toReport({
    generatedAt: now,
    project: { baseUrl: 'https://langfuse.test', name: 'Project', model: 'v2-observations' },
    rules: { staleAfterMs: hourMs, conversation: 'declared', children: 'all', environments: [] },
    measured,
    baseline: undefined,
    urlOf: (traceId) => `https://langfuse.test/trace/${traceId}`,
    guardrail: checkLimits(measured.total, { minComplete: 50, minParents: 1 }),
  });
}

describe('a measurement', () => {
  it('counts in total, by name, by day and by the hour', () => {
    const { total, byName, byDay, timeline } = reportOf(
      measure([
        parent(),
        parent({ traceId: 'b', name: 'writer', startTime: now - 13 * hourMs, hasInput: false }),
        parent({ traceId: 'c', ending: { type: 'open' } }),
        parent({ traceId: 'd', ending: { type: 'open' }, startTime: now - 60_000 }),
        parentless({ traceId: 'e' }),
      ]),
    );

    expect(total).toMatchObject({
      due: 4,
      running: 1,
      complete: 1,
      named: 3,
      withInput: 2,
      withConversation: 3,
      terminal: 2,
      withOutcome: 3,
      stale: 2,
      orphans: 1,
    });
    expect(byName.map(({ name, due, complete }) => [name, due, complete])).toEqual([
      ['support-agent', 3, 1],
      ['writer', 1, 0],
    ]);
    expect(byDay.map(({ day, due, running }) => [day, due, running])).toEqual([
      ['2026-11-22', 1, 0],
      ['2026-11-23', 3, 1],
    ]);
    expect(timeline.periodLength).toBe('hour');
    expect(timeline.periods).toHaveLength(24);
    expect(
      timeline.periods.filter(({ due }) => due > 0).map(({ start, due }) => [start, due]),
    ).toEqual([
      ['2026-11-22T23:00:00.000Z', 1],
      ['2026-11-23T10:00:00.000Z', 3],
    ]);
  });

  it('counts endings and where conversation ids came from', () => {
    const { total } = reportOf(
      measure([
        parent({ traceId: 'a' }),
        parent({ traceId: 'b', ending: { type: 'ended', status: 'error', reason: 'a/b' } }),
        parent({ traceId: 'c', ending: { type: 'ended', status: 'error' } }),
        parentless({ traceId: 'd' }),
        parentless({ traceId: 'e', isAnnounced: true }),
        parent({ traceId: 'f', conversationSource: 'missing', hasConversation: false }),
      ]),
    );

    expect(total.endings).toEqual([
      { status: 'completed', reason: 'stop', count: 2 },
      { status: 'error', reason: 'a/b', count: 1 },
      { status: 'error', reason: 'not told', count: 1 },
      { status: 'no_parent', reason: 'children only', count: 1 },
      { status: 'no_parent', reason: 'start marker only', count: 1 },
    ]);
    expect(total.sources).toEqual([
      { source: 'call.conversationId', count: 3 },
      { source: 'missing', count: 1 },
    ]);
  });

  it('shows windows of more than two days by the day, days without traces too', () => {
    const measured = createMeasurement({
      window: { from: now - 72 * hourMs, to: now },
      rules,
      listed: 1,
    });
    measured.add(parent());

    expect(reportOf(measured).timeline).toMatchObject({
      periodLength: 'day',
      periods: [
        { start: '2026-11-20T00:00:00.000Z', due: 0 },
        { start: '2026-11-21T00:00:00.000Z', due: 0 },
        { start: '2026-11-22T00:00:00.000Z', due: 0 },
        { start: '2026-11-23T00:00:00.000Z', due: 1 },
      ],
    });
  });

  it('is the same in whatever order the traces come', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyTrace, { maxLength: 60 })
          .chain((traces) =>
            fc.tuple(
              fc.constant(traces),
              fc.shuffledSubarray(traces, { minLength: traces.length }),
            ),
          ),
        ([traces, shuffled]) => {
          expect(reportOf(measure(shuffled))).toEqual(reportOf(measure(traces)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('adds up: names, days and periods hold what the total holds', () => {
    fc.assert(
      fc.property(fc.array(anyTrace, { maxLength: 60 }), (traces) => {
        const { total, byName, byDay, timeline } = reportOf(measure(traces));

        for (const part of [byName, byDay, timeline.periods]) {
          for (const key of ['due', 'running', 'complete', 'stale', 'orphans'] as const) {
            expect(part.reduce((sum, counts) => sum + counts[key], 0)).toBe(total[key]);
          }
        }
        expect(total.due + total.running).toBe(traces.length);
        expect(total.endings.reduce((sum, { count }) => sum + count, 0)).toBe(total.due);
      }),
      { numRuns: 100 },
    );
  });

  it('lists the newest traces of each kind, each trace once', () => {
    const { findings } = reportOf(
      measure(
        [
          ...[1, 2, 3, 4].map((minutes) =>
            parent({
              traceId: `incomplete-${minutes}`,
              startTime: now - 2 * hourMs - minutes,
              hasInput: false,
            }),
          ),
          parent({ traceId: 'stale', ending: { type: 'open' } }),
          parentless({ traceId: 'announced', isAnnounced: true, startTime: now - 3 * hourMs }),
          parentless({ traceId: 'orphan' }),
          parent({ traceId: 'complete' }),
        ],
        2,
      ),
    );

    expect(findings.incomplete.map(({ traceId }) => traceId)).toEqual([
      'incomplete-1',
      'incomplete-2',
    ]);
    expect(findings.stale.map(({ traceId }) => traceId)).toEqual(['stale', 'announced']);
    expect(findings.orphans).toEqual([
      {
        traceId: 'orphan',
        url: 'https://langfuse.test/trace/orphan',
        name: 'support-agent',
        startTime: '2026-11-23T10:00:00.000Z',
        missing: ['parent'],
      },
    ]);
  });

  it('holds no more for 100,000 parents than for those of one hour, whatever they are called', () => {
    function* manyParents(): Generator<AuditedTrace> {
      for (let index = 0; index < 100_000; index += 1) {
        yield parent({
          traceId: `trace-${index}`,
          startTime: window.from + index * 860,
          // Names, reasons and sources with ids in them are what would fill a memory.
          name: `job ${index}`,
          hasInput: index % 2 === 0,
          conversationSource: `source ${index}`,
          ending: { type: 'ended', status: 'error', reason: `reason ${index}` },
        });
      }
    }

    const measured = measure(manyParents(), 20);

    expect(measured.total.due).toBe(100_000);
    expect(measured.total.complete).toBe(50_000);
    expect(measured.names.entries()).toHaveLength(1_000);
    expect(measured.names.other?.due).toBe(99_000);
    expect(measured.periods.entries()).toHaveLength(24);
    expect(measured.total.endings.entries()).toHaveLength(100);
    expect(measured.total.sources.entries()).toHaveLength(100);
    expect(measured.findings.incomplete.items).toHaveLength(20);
  });
});

const anyTrace: fc.Arbitrary<AuditedTrace> = fc.oneof(
  fc.record({
    type: fc.constant('parent' as const),
    traceId: fc.uuid(),
    startTime: fc.integer({ min: window.from, max: window.to - 1 }),
    name: fc.constantFrom('', 'a', 'b', 'c'),
    environment: fc.constant('default'),
    hasInput: fc.boolean(),
    hasOutcome: fc.boolean(),
    hasConversation: fc.boolean(),
    conversationSource: fc.constantFrom('call.conversationId', 'missing', 'context'),
    ending: fc.oneof(
      fc.constant({ type: 'open' as const }),
      fc.record({
        type: fc.constant('ended' as const),
        status: fc.constantFrom('completed' as const, 'error' as const, 'suspended' as const),
        reason: fc.constantFrom('stop', 'exception'),
      }),
    ),
  }),
  fc.record({
    type: fc.constant('no-parent' as const),
    traceId: fc.uuid(),
    startTime: fc.integer({ min: window.from, max: window.to - 1 }),
    name: fc.constantFrom('', 'a'),
    environment: fc.constant('default'),
    isAnnounced: fc.boolean(),
  }),
);

describe('bounded groups', () => {
  it('hold the same whole groups whatever the order, and the rest together', () => {
    const count = (keys: readonly string[]): unknown => {
      const groups = createBoundedGroups({
        limit: 3,
        create: () => ({ count: 0 }),
        merge: (value, added) => void (value.count += added.count),
      });
      for (const key of keys) groups.of(key).count += 1;
      return { groups: Object.fromEntries(groups.entries()), other: groups.other?.count ?? 0 };
    };

    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom('a', 'b', 'c', 'd', 'e', ''), { maxLength: 40 })
          .chain((keys) =>
            fc.tuple(fc.constant(keys), fc.shuffledSubarray(keys, { minLength: keys.length })),
          ),
        ([keys, shuffled]) => {
          const first = [...new Set(keys)].toSorted().slice(0, 3);
          const expected = first.map((key) => [
            key,
            { count: keys.filter((other) => other === key).length },
          ]);

          expect(count(keys)).toEqual({
            groups: Object.fromEntries(expected),
            other: keys.filter((key) => !first.includes(key)).length,
          });
          expect(count(shuffled)).toEqual(count(keys));
        },
      ),
    );
  });
});

describe('the first few of many', () => {
  it('are the first by their own order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 0, max: 5 }), (numbers, limit) => {
        const firsts = createFirsts<number>({ limit, isBefore: (one, other) => one < other });
        for (const number of numbers) firsts.add(number);

        expect(firsts.items).toEqual(numbers.toSorted((one, other) => one - other).slice(0, limit));
      }),
    );
  });
});

describe('the guardrail', () => {
  const tally = (due: number, complete: number, stale = 0, orphans = 0): Measurement['total'] => ({
    ...measure([]).total,
    due,
    complete,
    stale,
    orphans,
  });

  it('is not there without a limit', () => {
    expect(checkLimits(tally(10, 0), {})).toBeUndefined();
  });

  it('fails for fewer parents than were asked for, though nothing else is', () => {
    expect(checkLimits(tally(4, 4), { minParents: 5 })).toEqual({
      passed: false,
      checks: [{ name: 'min-parents', limit: 5, found: 4, passed: false }],
    });
    expect(checkLimits(tally(5, 0), { minParents: 5 })?.passed).toBe(true);
  });

  it('expects one parent as soon as there is another limit', () => {
    expect(checkLimits(tally(0, 0), { maxStale: 0 })?.checks).toMatchObject([
      { name: 'max-stale', passed: true },
      { name: 'min-parents', limit: 1, found: 0, passed: false },
    ]);
  });

  it.each([
    [99.5, 200, 199, true],
    [99.5, 199, 198, false],
    [99.9, 1_000, 999, true],
    [99.9, 100_000, 99_899, false],
    [100, 100_000, 99_999, false],
    [100, 3, 3, true],
    [0, 5, 0, true],
  ])('of %d percent, for %d parents of which %d are complete, passes: %s', (...row) => {
    const [minComplete, due, complete, passed] = row;

    expect(checkLimits(tally(due, complete), { minComplete, minParents: 1 })?.passed).toBe(passed);
  });

  it('fails for one stale parent or orphan more than allowed', () => {
    const limits = { maxStale: 1, maxOrphans: 0, minParents: 1 };

    expect(checkLimits(tally(5, 5, 1, 0), limits)?.passed).toBe(true);
    expect(checkLimits(tally(5, 5, 2, 0), limits)?.checks).toMatchObject([
      { name: 'max-stale', limit: 1, found: 2, passed: false },
      { name: 'max-orphans', passed: true },
      { name: 'min-parents', passed: true },
    ]);
    expect(checkLimits(tally(5, 5, 1, 1), limits)?.passed).toBe(false);
  });

  it('fails when there is nothing to measure, unless that is allowed', () => {
    expect(checkLimits(tally(0, 0), { minComplete: 99, minParents: 1 })).toEqual({
      passed: false,
      checks: [
        { name: 'min-complete', limit: 99, found: null, passed: true },
        { name: 'min-parents', limit: 1, found: 0, passed: false },
      ],
    });
    expect(checkLimits(tally(0, 0), { minComplete: 99, minParents: 0 })?.passed).toBe(true);
  });
});
