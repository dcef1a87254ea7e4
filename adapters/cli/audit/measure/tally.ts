import type { AuditedTrace } from '../../../langfuse/reads/audited-trace.ts';
import { type BoundedGroups, createBoundedGroups } from './bounded-groups.ts';
import { untold, type Verdict } from './verdict.ts';

/** The counters of a tally, in the order of the report. Everything but `running` is of the traces that are due. */
export const countNames = [
  // Traces that should have ended by now, those without a parent included.
  'due',
  // Traces that have begun lately and have not ended; not counted anywhere else.
  'running',
  'complete',
  'named',
  'withInput',
  'withConversation',
  'terminal',
  'withOutcome',
  'stale',
  'orphans',
] as const;

/** One of the counters. */
export type CountName = (typeof countNames)[number];

/** Counters of some traces. Mutable: there is one per name and one per day, not one per trace. */
export interface Tally extends Record<CountName, number> {
  /** By `status/reason`. */
  readonly endings: BoundedGroups<Counter>;
  /** By who gave the conversation id. */
  readonly sources: BoundedGroups<Counter>;
}

/** One number. */
export interface Counter {
  count: number;
}

const counters = {
  // Reasons and sources of others may be free text.
  limit: 100,
  create: (): Counter => ({ count: 0 }),
  merge: (value: Counter, added: Counter): void => void (value.count += added.count),
};

/** Counters at zero. */
export function createTally(): Tally {
  return {
    due: 0,
    running: 0,
    complete: 0,
    named: 0,
    withInput: 0,
    withConversation: 0,
    terminal: 0,
    withOutcome: 0,
    stale: 0,
    orphans: 0,
    endings: createBoundedGroups(counters),
    sources: createBoundedGroups(counters),
  };
}

/** Counts a trace. One without a parent has nothing that a parent has. */
export function countTrace(tally: Tally, trace: AuditedTrace, verdict: Verdict): void {
  if (verdict.type === 'running') {
    tally.running += 1;
    return;
  }
  tally.due += 1;
  tally.complete += Number(verdict.missing.length === 0);
  tally.stale += Number(verdict.isStale);
  tally.orphans += Number(verdict.isOrphan);
  tally.endings.of(`${verdict.ending.status}/${verdict.ending.reason}`).count += 1;
  if (trace.type === 'no-parent') return;
  tally.named += Number(trace.name !== '');
  tally.withInput += Number(trace.hasInput);
  tally.withConversation += Number(trace.hasConversation);
  tally.terminal += Number(trace.ending.type === 'ended');
  tally.withOutcome += Number(trace.hasOutcome);
  tally.sources.of(trace.conversationSource ?? (trace.hasConversation ? untold : 'none')).count +=
    1;
}

/** Adds the second to the first. */
export function mergeTally(tally: Tally, added: Tally): void {
  for (const name of countNames) tally[name] += added[name];
  tally.endings.absorb(added.endings);
  tally.sources.absorb(added.sources);
}
