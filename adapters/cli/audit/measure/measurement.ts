import type { AuditedTrace, AuditWindow } from '../../../langfuse/reads/audited-trace.ts';
import { type BoundedGroups, createBoundedGroups } from './bounded-groups.ts';
import { createFirsts, type Firsts } from './firsts.ts';
import { countTrace, createTally, mergeTally, type Tally } from './tally.ts';
import { judge, type Missing, type Rules, type Verdict } from './verdict.ts';

/** A fold over traces into counters. Its size depends on names and time, not on the number of traces. */
export interface Measurement {
  add(trace: AuditedTrace): void;
  readonly window: AuditWindow;
  readonly total: Tally;
  readonly names: BoundedGroups<Tally>;
  /** By the hour in a window of up to two days, else by the day: `2026-11-21T10` or `2026-11-21`, UTC. */
  readonly periods: BoundedGroups<Tally>;
  readonly periodLength: PeriodLength;
  readonly findings: Readonly<Record<FindingKind, Firsts<Finding>>>;
}

/** How long a point of a chart is. */
export type PeriodLength = 'hour' | 'day';

/** What is listed trace by trace: each trace once, an orphan as one, and else a stale parent as one. */
export type FindingKind = 'orphans' | 'stale' | 'incomplete';

/** A trace that somebody should look at. */
export interface Finding {
  readonly traceId: string;
  readonly startTime: number;
  readonly name: string;
  readonly missing: readonly Missing[];
}

/** What is measured, and how much of it is kept. */
export interface MeasurementOptions {
  readonly window: AuditWindow;
  readonly rules: Rules;
  /** How many traces of each kind are listed. */
  readonly listed: number;
}

const longestByHourMs = 48 * 3_600_000;
const nameLimit = 1_000;
// Two days of hours, or more than ten years of days.
const periodLimit = 4_000;

/** A measurement of nothing yet. */
export function createMeasurement({ window, rules, listed }: MeasurementOptions): Measurement {
  const groups = { create: createTally, merge: mergeTally };
  const total = createTally();
  const names = createBoundedGroups({ ...groups, limit: nameLimit });
  const periods = createBoundedGroups({ ...groups, limit: periodLimit });
  const periodLength = window.to - window.from <= longestByHourMs ? 'hour' : 'day';
  const newest = { limit: listed, isBefore: isNewer };
  const findings = {
    incomplete: createFirsts(newest),
    stale: createFirsts(newest),
    orphans: createFirsts(newest),
  };
  return {
    window,
    total,
    names,
    periods,
    periodLength,
    findings,
    add(trace) {
      const verdict = judge(trace, rules);
      for (const tally of [
        total,
        names.of(trace.name),
        periods.of(periodOf(trace, periodLength)),
      ]) {
        countTrace(tally, trace, verdict);
      }
      note(findings, trace, verdict);
    },
  };
}

/** The days of a measurement, whatever its periods are. */
export function daysOf({ periods }: Measurement): readonly (readonly [string, Tally])[] {
  const days = new Map<string, Tally>();
  for (const [period, tally] of periods.entries()) {
    const day = period.slice(0, 10);
    const sum = days.get(day) ?? createTally();
    mergeTally(sum, tally);
    days.set(day, sum);
  }
  return [...days].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function periodOf({ startTime }: AuditedTrace, length: PeriodLength): string {
  return new Date(startTime).toISOString().slice(0, length === 'hour' ? 13 : 10);
}

function note(
  findings: Measurement['findings'],
  { traceId, startTime, name }: AuditedTrace,
  verdict: Verdict,
): void {
  if (verdict.type === 'running' || verdict.missing.length === 0) return;
  const kind = verdict.isOrphan ? 'orphans' : verdict.isStale ? 'stale' : 'incomplete';
  findings[kind].add({ traceId, startTime, name, missing: verdict.missing });
}

function isNewer(one: Finding, other: Finding): boolean {
  if (one.startTime !== other.startTime) return one.startTime > other.startTime;
  return one.traceId < other.traceId;
}
