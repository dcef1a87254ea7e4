import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgress, type SavedProgress } from '../../adapters/cli/send/progress.ts';
import type { LifecycleEvent } from '../../src/index.ts';
import { eventsOfRuns } from './events.ts';

const lineBytes = 100;

interface Start {
  readonly saved: SavedProgress | undefined;
  /** How many lines are read before it stops. */
  readonly lines: number;
}

/** Reads lines from where `saved` says, and gives what was handed over and what is remembered. */
function read(
  events: readonly LifecycleEvent[],
  { saved, lines }: Start,
): { readonly sent: readonly LifecycleEvent[]; readonly saved: SavedProgress } {
  const progress = createProgress(saved);
  const first = saved?.from.line ?? 0;
  const last = Math.min(events.length, first + lines);
  const sent: LifecycleEvent[] = [];
  for (const [index, event] of events.slice(first, last).entries()) {
    if (progress.isDelivered(event)) continue;
    sent.push(event);
    progress.took(event, placeOf(first + index));
  }
  // As a file does it: what is remembered went through JSON.
  return { sent, saved: JSON.parse(JSON.stringify(progress.save(placeOf(last)))) };
}

function placeOf(line: number): { readonly offset: number; readonly line: number } {
  return { offset: line * lineBytes, line };
}

function keyOf(event: LifecycleEvent): string {
  return `${event.type} ${event.runId} ${'stepId' in event ? event.stepId : ''}`;
}

/** Whether telling it twice would write a row twice. */
function isEnd({ type }: LifecycleEvent): boolean {
  return type === 'run-end' || type === 'step-end';
}

describe('the progress of a sending', () => {
  it('goes back to the start of the oldest run that has no end', () => {
    const events = eventsOfRuns(4, 3);

    const { saved } = read(events, { saved: undefined, lines: 12 });

    expect(events[saved.from.line]).toMatchObject({ type: 'run-start', runId: 'run-1' });
  });

  it('remembers nothing of runs that are never read again', () => {
    const events = eventsOfRuns(50);

    const { saved } = read(events, { saved: undefined, lines: events.length });

    expect(saved).toEqual({ from: placeOf(events.length), runs: [], steps: [] });
  });

  it('lets a second ending through, which may be more severe than the first', () => {
    const [event] = eventsOfRuns(1).slice(-1);
    const progress = createProgress();

    if (event !== undefined) progress.took(event, placeOf(0));

    expect(event === undefined || progress.isDelivered(event)).toBe(false);
  });

  it('tells every end once, wherever it was stopped', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }),
        (count, overlap, stops) => {
          const events = eventsOfRuns(count, overlap);
          const sent: LifecycleEvent[] = [];
          let saved: SavedProgress | undefined;
          for (const lines of [...stops, events.length]) {
            const step = read(events, { saved, lines });
            sent.push(...step.sent);
            ({ saved } = step);
          }

          const ends = sent.filter(isEnd).map(keyOf);
          expect(ends.toSorted()).toEqual(events.filter(isEnd).map(keyOf).toSorted());
          expect(new Set(sent.map(keyOf))).toEqual(new Set(events.map(keyOf)));
        },
      ),
    );
  });
});
