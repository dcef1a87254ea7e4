import type { AuditedProject } from '../../../langfuse/reads/audit-reads.ts';
import type { AuditWindow } from '../../../langfuse/reads/audited-trace.ts';
import type { BoundedGroups } from '../measure/bounded-groups.ts';
import type { GuardrailReport } from '../measure/guardrail.ts';
import {
  daysOf,
  type Finding,
  type Measurement,
  type PeriodLength,
} from '../measure/measurement.ts';
import { type Counter, type CountName, createTally, type Tally } from '../measure/tally.ts';
import type { Missing, Rules } from '../measure/verdict.ts';

/** What an audit found, as `--json` prints it. A field is only ever added; otherwise `schemaVersion` goes up. */
export interface AuditReport {
  readonly schemaVersion: 1;
  /** ISO 8601, as all times here. */
  readonly generatedAt: string;
  readonly project: AuditedProject;
  readonly rules: {
    readonly staleAfterMs: number;
    readonly conversation: Rules['conversation'];
    /** `markers`: children were not read, so orphans were not counted. */
    readonly children: 'all' | 'markers';
    /** Empty: all of them. */
    readonly environments: readonly string[];
  };
  readonly window: ReportWindow;
  readonly total: ReportCounts;
  /** The most frequent names first. */
  readonly byName: readonly ({ readonly name: string } & ReportCounts)[];
  /** Names that there was no room for, together; null when there was. */
  readonly otherNames: ReportCounts | null;
  /** UTC days of the window that have traces. */
  readonly byDay: readonly ({ readonly day: string } & ReportCounts)[];
  readonly timeline: {
    readonly periodLength: PeriodLength;
    /** Every period of the window, those without traces too. */
    readonly periods: readonly ({ readonly start: string } & ReportCounts)[];
  };
  readonly baseline: { readonly window: ReportWindow; readonly total: ReportCounts } | null;
  /** The newest traces of each kind, as many as were asked for; each trace in one list. */
  readonly findings: {
    /** Also counted as stale. */
    readonly orphans: readonly ReportFinding[];
    /** Stale ones that are no orphans. */
    readonly stale: readonly ReportFinding[];
    /** Ended ones that lack something. */
    readonly incomplete: readonly ReportFinding[];
  };
  /** Null when no limit was set. */
  readonly guardrail: GuardrailReport | null;
  readonly notes: readonly string[];
}

/** A stretch of time. */
export interface ReportWindow {
  readonly from: string;
  readonly to: string;
}

/** Counters of some traces. Everything but `running` is of those that are due. */
export interface ReportCounts extends Readonly<Record<CountName, number>> {
  readonly endings: readonly ReportEnding[];
  readonly sources: readonly { readonly source: string; readonly count: number }[];
}

/** How often runs ended in one way. */
export interface ReportEnding {
  readonly status: string;
  readonly reason: string;
  readonly count: number;
}

/** A trace that somebody should look at. */
export interface ReportFinding {
  readonly traceId: string;
  readonly url: string;
  readonly name: string;
  readonly startTime: string;
  readonly missing: readonly Missing[];
}

/** What a report is made of. */
export interface ReportFacts {
  readonly generatedAt: number;
  readonly project: AuditedProject;
  readonly rules: AuditReport['rules'];
  readonly measured: Measurement;
  readonly baseline: Measurement | undefined;
  readonly urlOf: (traceId: string) => string;
  readonly guardrail: GuardrailReport | undefined;
}

/** Puts a report together. Pure. */
export function toReport(facts: ReportFacts): AuditReport {
  const { measured, baseline, urlOf } = facts;
  const finding = (item: Finding): ReportFinding => toFinding(item, urlOf);
  return {
    schemaVersion: 1,
    generatedAt: toIso(facts.generatedAt),
    project: facts.project,
    rules: facts.rules,
    window: toWindow(measured.window),
    total: toCounts(measured.total),
    byName: measured.names
      .entries()
      .map(([name, tally]) => ({ name, ...toCounts(tally) }))
      .toSorted(mostFirst),
    otherNames: measured.names.other === undefined ? null : toCounts(measured.names.other),
    byDay: daysOf(measured).map(([day, tally]) => ({ day, ...toCounts(tally) })),
    timeline: { periodLength: measured.periodLength, periods: toPeriods(measured) },
    baseline:
      baseline === undefined
        ? null
        : { window: toWindow(baseline.window), total: toCounts(baseline.total) },
    findings: {
      orphans: measured.findings.orphans.items.map(finding),
      stale: measured.findings.stale.items.map(finding),
      incomplete: measured.findings.incomplete.items.map(finding),
    },
    guardrail: facts.guardrail ?? null,
    notes: toNotes(facts),
  };
}

function toNotes({ measured, baseline, project, rules }: ReportFacts): readonly string[] {
  const notes: string[] = [];
  if (measured.total.due === 0) notes.push('No parent was due in this window.');
  if (baseline?.total.due === 0) notes.push('No parent was due in the baseline.');
  if (rules.children === 'markers') {
    notes.push(
      'Children were not read (--skip-children): orphan traces, and open runs without a start marker, are not counted.',
    );
  }
  if (project.writeMode === 'dual') {
    notes.push(
      'Write mode dual: what comes by legacy ingestion can be read about 10 minutes later, so the newest of it may be missing here.',
    );
  }
  if (project.model === 'v1-traces') {
    notes.push('This server was read by its v1 API, which downloads inputs and outputs as well.');
  }
  return notes;
}

function mostFirst(
  one: { readonly name: string; readonly due: number },
  other: { readonly name: string; readonly due: number },
): number {
  return other.due - one.due || (one.name < other.name ? -1 : 1);
}

const periodMs = { hour: 3_600_000, day: 86_400_000 } as const;
const periodEnd = { hour: ':00:00.000Z', day: 'T00:00:00.000Z' } as const;

function toPeriods({
  window,
  periods,
  periodLength,
}: Measurement): AuditReport['timeline']['periods'] {
  const counted = new Map(periods.entries());
  const stepMs = periodMs[periodLength];
  const first = Math.floor(window.from / stepMs) * stepMs;
  const amount = Math.min(Math.ceil((window.to - first) / stepMs), 4_000);
  return Array.from({ length: amount }, (_, index) => {
    const start = toIso(first + index * stepMs);
    const tally = counted.get(start.replace(periodEnd[periodLength], ''));
    return { start, ...toCounts(tally ?? createTally()) };
  });
}

function toCounts({ endings, sources, ...numbers }: Tally): ReportCounts {
  return {
    ...numbers,
    endings: toPairs(endings).map(({ key, count }) => {
      const [status = '', ...reason] = key.split('/');
      return { status, reason: reason.join('/'), count };
    }),
    sources: toPairs(sources).map(({ key, count }) => ({ source: key, count })),
  };
}

function toPairs(groups: BoundedGroups<Counter>): readonly { key: string; count: number }[] {
  const pairs = groups.entries().map(([key, { count }]) => ({ key, count }));
  const rest = groups.other === undefined ? [] : [{ key: 'others/', count: groups.other.count }];
  return [
    ...pairs.toSorted((one, other) => other.count - one.count || (one.key < other.key ? -1 : 1)),
    ...rest,
  ];
}

function toFinding(
  { traceId, startTime, name, missing }: Finding,
  urlOf: ReportFacts['urlOf'],
): ReportFinding {
  return { traceId, url: urlOf(traceId), name, startTime: toIso(startTime), missing };
}

function toWindow({ from, to }: AuditWindow): ReportWindow {
  return { from: toIso(from), to: toIso(to) };
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
