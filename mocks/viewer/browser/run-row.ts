import type { RunSummary } from '../api.ts';
import {
  toClock,
  toCost,
  toCount,
  toDuration,
  toElapsed,
  toExactTime,
  toStatusText,
} from './format.ts';
import { isIncomplete } from './run-list.ts';

/** How the parent of a run is judged. */
export type Verdict = 'complete' | 'incomplete' | 'open';

/** A run as text, cell by cell. */
export interface RunRow {
  readonly id: string;
  readonly status: RunSummary['status'];
  readonly statusText: string;
  readonly reason: string;
  readonly name: string;
  /** Its error, or else its input. */
  readonly gist: string;
  readonly gistKind: 'error' | 'input';
  readonly conversation: string;
  readonly started: string;
  readonly startedExactly: string;
  readonly duration: string;
  readonly steps: string;
  readonly tokens: string;
  readonly cost: string;
  readonly verdict: Verdict;
  readonly verdictText: string;
}

/** What the list says of a run at a time. */
export function toRunRow(run: RunSummary, now: number): RunRow {
  const failed = run.status === 'error' && run.message !== null;
  const verdict = toVerdict(run);
  return {
    id: run.id,
    status: run.status,
    statusText: toStatusText(run.status),
    reason: run.reason ?? '',
    name: run.name ?? '(no name)',
    gist: failed ? oneLine(run.message ?? '') : run.preview,
    gistKind: failed ? 'error' : 'input',
    conversation: run.conversationId ?? '',
    started: toClock(run.startedAt, now),
    startedExactly: toExactTime(run.startedAt),
    duration: toRunDuration(run, now),
    steps: toCount(run.steps),
    tokens: toCount(run.tokens.total),
    cost: toCost(run.cost),
    verdict,
    verdictText: toVerdictText(verdict, run.missing),
  };
}

/** How long a run took; in whole seconds while it still runs. */
export function toRunDuration({ startedAt, endedAt }: RunSummary, now: number): string {
  return endedAt === null
    ? toElapsed(now - startedAt)
    : toDuration(Math.max(0, endedAt - startedAt));
}

/** Whether the parent is complete; one that is still open is not judged yet. */
export function toVerdict(run: RunSummary): Verdict {
  if (run.status === 'in_progress') return 'open';
  return isIncomplete(run) ? 'incomplete' : 'complete';
}

function toVerdictText(verdict: Verdict, missing: number): string {
  return verdict === 'incomplete' ? `${missing} missing` : verdict;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
