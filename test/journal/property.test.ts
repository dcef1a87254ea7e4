import { readFileSync, truncateSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type JournalEvent,
  type ObservationKey,
  parseJournalLine,
} from '../../src/journal/journal-line.ts';
import { type Bench, createBench, runEnd, runStart, stepEnd, stepStart, toKey } from './bench.ts';

type Action =
  | { readonly type: 'tell'; readonly event: JournalEvent }
  | { readonly type: 'settle'; readonly key: ObservationKey }
  | { readonly type: 'write' }
  | { readonly type: 'write-now' };

const runId = fc.constantFrom('a', 'b', 'c', 'd', 'é');
const stepId = fc.constantFrom('1', '2', '3');
const told: fc.Arbitrary<JournalEvent> = fc.oneof(
  fc
    .tuple(runId, fc.nat({ max: 600 }))
    .map(([id, size]) => runStart(id, { input: '€'.repeat(size) })),
  fc.tuple(runId, runId).map(([id, outer]) => runStart(id, { parentRunId: outer })),
  runId.map(runEnd),
  fc.tuple(runId, stepId).map(([run, step]) => stepStart(run, step)),
  fc.tuple(runId, stepId).map(([run, step]) => stepEnd(run, step)),
);
const key: fc.Arbitrary<ObservationKey> = fc.oneof(
  runId.map((run) => ({ runId: run })),
  fc.record({ runId, stepId }),
);
const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: told.map((event): Action => ({ type: 'tell', event })) },
    { weight: 4, arbitrary: key.map((settled): Action => ({ type: 'settle', key: settled })) },
    { weight: 2, arbitrary: fc.constantFrom<Action>({ type: 'write' }, { type: 'write-now' }) },
  ),
  { minLength: 1, maxLength: 80 },
);

interface History {
  /** Everything that was told, as JSON: no event is like another. */
  readonly told: ReadonlyMap<string, JournalEvent>;
  readonly settled: ReadonlySet<string>;
  /** What was told of runs that were settled as a whole: not promised. */
  readonly late: ReadonlySet<string>;
}

/** Does what a lifecycle does: what is settled was told before, and is not told again. */
async function live(bench: Bench, segmentBytes: number, list: readonly Action[]): Promise<History> {
  const process = bench.start({ segmentBytes });
  const known = new Map<string, JournalEvent>();
  const settled = new Set<string>();
  const late = new Set<string>();
  const mentioned = new Set<string>();
  for (const [index, action] of list.entries()) {
    if (action.type === 'write') await bench.written();
    else if (action.type === 'write-now') process.journal.flushSync();
    else if (action.type === 'settle') {
      const run = textOf({ runId: action.key.runId });
      if (!mentioned.has(textOf(action.key)) || !mentioned.has(run)) continue;
      settled.add(textOf(action.key));
      if (action.key.stepId === undefined) bench.handedOver.add(action.key.runId);
      process.journal.settled([action.key]);
    } else {
      const event = { ...action.event, timestamp: action.event.timestamp + index };
      if (settled.has(textOf(toKey(event)))) continue;
      const outer = event.type === 'run-start' ? event.parentRunId : undefined;
      if ([event.runId, outer ?? ''].some((id) => bench.handedOver.has(id) || late.has(id)))
        late.add(event.runId);
      if (late.has(event.runId)) late.add(JSON.stringify(event));
      known.set(JSON.stringify(event), event);
      mentioned.add(textOf(toKey(event)));
      process.tell(event);
    }
  }
  await bench.written();
  process.kill();
  return { told: known, settled, late };
}

function textOf({ runId: run, stepId: step }: ObservationKey): string {
  return JSON.stringify([run, step]);
}

interface Loss {
  readonly events: ReadonlySet<string>;
  /** Observations whose settling is not on disk any more. */
  readonly unsettled: ReadonlySet<string>;
}

/** Cuts the newest file off at a byte; says what stood behind it. */
function cutOff(path: string | undefined, share: number): Loss {
  const events = new Set<string>();
  const unsettled = new Set<string>();
  if (path === undefined) return { events, unsettled };
  const before = readFileSync(path);
  const at = Math.floor(before.length * share);
  truncateSync(path, at);
  let end = 0;
  for (const line of before.toString('utf8').split('\n')) {
    end += Buffer.byteLength(line);
    const entry = end > at ? parseJournalLine(line) : undefined;
    if (entry?.type === 'event') events.add(JSON.stringify(entry.event));
    if (entry?.type === 'settled') for (const settled of entry.keys) unsettled.add(textOf(settled));
    end += 1;
  }
  return { events, unsettled };
}

describe('for any history and a crash at any byte', () => {
  it('gives back every whole event that is owed, and nothing that was settled or never told', async () => {
    await fc.assert(
      fc.asyncProperty(
        actions,
        fc.integer({ min: 300, max: 4_000 }),
        fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
        async (list, segmentBytes, share) => {
          const bench = createBench();
          const history = await live(bench, segmentBytes, list);
          const loss = cutOff(bench.segments().at(-1), share);

          const { runs } = await bench.start().recover();

          const found = new Set<string>();
          for (const { entries, isSettled } of runs) {
            for (const entry of entries) {
              if (entry.type === 'event' && !isSettled(toKey(entry.event)))
                found.add(JSON.stringify(entry.event));
            }
          }
          for (const [text, event] of history.told) {
            const isSettled = history.settled.has(textOf(toKey(event)));
            if (!isSettled && !loss.events.has(text) && !history.late.has(text))
              expect(found).toContain(text);
          }
          for (const text of found) {
            const event = history.told.get(text);
            expect(event).toBeDefined();
            const own = event === undefined ? '' : textOf(toKey(event));
            expect(!history.settled.has(own) || loss.unsettled.has(own)).toBe(true);
          }
          expect(
            bench.diagnostics.filter(({ message }) => !message.includes('could not be shrunk')),
          ).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  }, 120_000);
});
