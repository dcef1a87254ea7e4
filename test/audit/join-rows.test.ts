import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { AuditRow } from '../../adapters/langfuse/reads/audit-row.ts';
import type { AuditedTrace } from '../../adapters/langfuse/reads/audited-trace.ts';
import { createRowJoin, type RowJoin } from '../../adapters/langfuse/reads/join-rows.ts';
import { mergeLatestFirst } from '../../adapters/langfuse/reads/merge-rows.ts';
import { childRow, hourMs, now, parentRow } from './traces.ts';

function join(rows: Iterable<AuditRow>, readsChildren = true): readonly AuditedTrace[] {
  const joined = createRowJoin({ horizonMs: 48 * hourMs, readsChildren });
  const traces = Array.from(rows, (row) => joined.add(row)).flat();
  return [...traces, ...joined.rest()].map(({ trace }) => trace);
}

const open = { isOpen: true, isError: false, hasMessage: false } as const;
const failed = { isOpen: false, isError: true, hasMessage: true } as const;
const copy = { form: 'trace', id: 't-trace-1' } as const;
const top = { form: 'top', id: 'top-1' } as const;

describe('a root', () => {
  it('that tells its ending has that ending, whatever its level is', () => {
    const told = parentRow({ status: 'suspended', reason: 'approval_required', end: failed });

    expect(join([told])).toMatchObject([
      { ending: { type: 'ended', status: 'suspended', reason: 'approval_required' } },
    ]);
  });

  it.each([
    ['ended', {}, { type: 'ended', status: 'completed' }],
    ['failed', { end: failed }, { type: 'ended', status: 'error' }],
    ['without an end', { end: open }, { type: 'open' }],
    ['in progress by its own word', { status: 'in_progress' }, { type: 'open' }],
    [
      'with a status of its own language',
      { status: 'failed' },
      { type: 'ended', status: 'completed' },
    ],
  ] as const)('%s, of any origin, is %o', (_what, changes, ending) => {
    expect(join([parentRow(changes)])).toMatchObject([{ ending }]);
  });

  it('has an outcome with an output or with a message', () => {
    expect(join([parentRow({ hasOutput: false })])).toMatchObject([{ hasOutcome: false }]);
    expect(join([parentRow({ hasOutput: false, end: failed })])).toMatchObject([
      { hasOutcome: true },
    ]);
  });

  it('beats the copy of a legacy trace with its id, and of two roots the later one counts', () => {
    const later = parentRow({ id: 'root-2', time: now - hourMs, name: 'later' });

    expect(join([later, parentRow(), parentRow({ ...copy, name: 'copy' })])).toMatchObject([
      { name: 'later', startTime: now - hourMs },
    ]);
  });
});

describe('a legacy trace', () => {
  const trace = parentRow(copy);

  it.each([
    ['an ended root', [childRow(top)], { type: 'ended', status: 'completed' }],
    ['a failed root', [childRow({ ...top, end: failed })], { type: 'ended', status: 'error' }],
    ['an open root', [childRow({ ...top, end: open })], { type: 'open' }],
    [
      'one open root of two',
      [childRow(top), childRow({ ...top, id: 'top-2', end: open })],
      { type: 'open' },
    ],
    ['nothing but an event', [childRow({ form: 'event', end: open })], { type: 'ended' }],
    ['nothing below it', [], { type: 'ended', status: 'completed' }],
  ] as const)('with %s is %o', (_what, children, ending) => {
    expect(join([...children, trace])).toMatchObject([{ type: 'parent', ending }]);
  });

  it('without anything below it and without output is open', () => {
    expect(join([parentRow({ ...copy, hasOutput: false })])).toMatchObject([
      { ending: { type: 'open' } },
    ]);
  });

  it('whose root tells nothing takes the message of its root for an outcome', () => {
    const rows = [childRow({ ...top, end: failed }), parentRow({ ...copy, hasOutput: false })];

    expect(join(rows)).toMatchObject([{ hasOutcome: true }]);
  });

  it('with children but nothing at its top has no root', () => {
    expect(join([childRow(), trace])).toMatchObject([
      { type: 'no-parent', isAnnounced: false, name: 'support-agent' },
    ]);
    expect(join([childRow({ form: 'marker' }), trace])).toMatchObject([
      { type: 'no-parent', isAnnounced: true },
    ]);
  });

  it('is believed to have one when its children were not read', () => {
    expect(join([childRow(), parentRow({ ...copy, hasOutput: false })], false)).toMatchObject([
      { type: 'parent', ending: { type: 'ended' } },
    ]);
  });
});

describe('rows without a parent', () => {
  it('are a trace without one, named as its rows say', () => {
    expect(join([childRow({ id: 'b', name: 'agent run' }), childRow()])).toEqual([
      {
        type: 'no-parent',
        traceId: 'trace-1',
        startTime: childRow().time,
        name: 'agent run',
        environment: 'default',
        isAnnounced: false,
      },
    ]);
  });

  it('are no trace when there is nothing but an event at its top', () => {
    expect(join([childRow({ form: 'event' })])).toEqual([]);
  });
});

describe('the join', () => {
  it('gives the same traces in whatever order the rows come', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyRow, { maxLength: 40 })
          .chain((rows) =>
            fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
          ),
        ([rows, shuffled]) => {
          const byId = (traces: readonly AuditedTrace[]): readonly AuditedTrace[] =>
            traces.toSorted((one, other) => (one.traceId < other.traceId ? -1 : 1));

          expect(byId(join(shuffled))).toEqual(byId(join(rows)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets a trace go when it has been silent for one horizon', () => {
    const joined = createRowJoin({ horizonMs: hourMs, readsChildren: true });
    const other = (time: number): AuditRow => parentRow({ traceId: `other-${time}`, time });
    joined.add(childRow({ time: now }));

    const before = joined.add(other(now - hourMs));
    const after = joined.add(other(now - hourMs - 1));

    expect(before).toEqual([]);
    expect(after).toMatchObject([{ trace: { traceId: 'trace-1' }, missed: 'before' }]);
  });

  it('holds the traces of one horizon, and never more than its limit', () => {
    const sizes = new Map<string, number>();
    const run = (name: string, joined: RowJoin, stepMs: number): number => {
      let traces = 0;
      for (let index = 0; index < 100_000; index += 1) {
        const identity = { traceId: `trace-${index}`, time: now - index * stepMs };
        traces += joined.add(childRow(identity)).length;
        traces += joined.add(parentRow(identity)).length;
        sizes.set(name, Math.max(sizes.get(name) ?? 0, joined.size));
      }
      return traces + joined.rest().length;
    };
    const options = { horizonMs: hourMs, readsChildren: true };

    const steady = run('steady', createRowJoin(options), 3_600);
    const burst = run('burst', createRowJoin({ ...options, limit: 5_000 }), 0);

    expect([steady, burst]).toEqual([100_000, 100_000]);
    expect(Object.fromEntries(sizes)).toEqual({ steady: 1_001, burst: 5_000 });
  });

  it('lets others go while one trace goes on and on', () => {
    const joined = createRowJoin({ horizonMs: hourMs, readsChildren: true });
    let most = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const time = now - index * 60_000;
      joined.add(childRow({ traceId: 'long', time }));
      joined.add(parentRow({ traceId: `short-${index}`, time }));
      most = Math.max(most, joined.size);
    }

    expect(most).toBe(62);
  });

  it('says of a trace that had to leave early that its parent may still come', () => {
    const joined = createRowJoin({ horizonMs: hourMs, readsChildren: true, limit: 1 });
    joined.add(childRow());

    expect(joined.add(childRow({ traceId: 'trace-2' }))).toMatchObject([
      { trace: { traceId: 'trace-1', type: 'no-parent' }, missed: 'anywhere' },
    ]);
  });
});

const anyRow: fc.Arbitrary<AuditRow> = fc.oneof(
  fc
    .record({
      form: fc.constantFrom('root' as const, 'trace' as const),
      traceId: fc.constantFrom('x', 'y'),
      id: fc.constantFrom('a', 'b'),
      time: fc.integer({ min: now - 3, max: now }),
      name: fc.constantFrom('', 'n', 'm'),
      hasOutput: fc.boolean(),
      status: fc.constantFrom(undefined, 'completed', 'in_progress'),
      facts: fc.record({
        hasInput: fc.boolean(),
        hasConversation: fc.boolean(),
        conversationSource: fc.constantFrom('s', 'missing'),
      }),
    })
    .map((changes) => parentRow(changes)),
  fc
    .record({
      form: fc.constantFrom('top' as const, 'inner' as const, 'marker' as const, 'event' as const),
      traceId: fc.constantFrom('x', 'y'),
      id: fc.constantFrom('a', 'b'),
      time: fc.integer({ min: now - 3, max: now }),
      name: fc.constantFrom('', 'n', 'm'),
      end: fc.record({ isOpen: fc.boolean(), isError: fc.boolean(), hasMessage: fc.boolean() }),
    })
    .map((changes) => childRow(changes)),
);

describe('lists that are merged', () => {
  it('come out with the latest row first, and are read one row ahead at the most', async () => {
    const taken: string[] = [];
    async function* list(name: string, times: readonly number[]): AsyncGenerator<AuditRow> {
      for (const time of times) {
        taken.push(`${name}${time}`);
        yield childRow({ id: name, time });
      }
    }
    const seen: number[] = [];
    const takenWhenSeen: number[] = [];

    for await (const { time } of mergeLatestFirst([
      list('a', [9, 5, 1]),
      list('b', [7, 6]),
      list('c', []),
    ])) {
      seen.push(time);
      takenWhenSeen.push(taken.length);
    }

    expect(seen).toEqual([9, 7, 6, 5, 1]);
    expect(takenWhenSeen).toEqual([2, 3, 4, 4, 5]);
  });
});
