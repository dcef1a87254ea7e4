import { classifyFailure, type Ending, type ErrorFacts } from '../../src/index.ts';
import type { QueryResult } from './result.ts';
import { type RunProgress, toResultEnding } from './result-ending.ts';

/** How a query is over for its reader. */
export type Stop =
  | { readonly how: 'finished' }
  | { readonly how: 'failed'; readonly error: unknown }
  | { readonly how: 'left'; readonly error: ErrorFacts }
  | { readonly how: 'closed' };

/** What is known when a query is over. */
export interface EndFacts {
  /** The result of the last turn, unless another turn has begun. */
  readonly result: QueryResult | undefined;
  readonly progress: RunProgress;
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined;
}

const noResult: ErrorFacts = { type: 'NoResult', message: 'Claude Code ended without a result' };
const queryClosed: ErrorFacts = { type: 'QueryClosed', message: 'the query was closed' };

/** The ending of a query: that of its result, else what its reader saw. */
export function toRunEnding(stop: Stop, { result, progress, signal }: EndFacts): Ending {
  const { partialOutput } = progress;
  const told = result === undefined ? undefined : toResultEnding(result, progress);
  // The SDK throws what an error result said when Claude Code has exited; the result knows more of it.
  if (told !== undefined && (stop.how !== 'failed' || told.status === 'error')) return told;
  const soFar = partialOutput === undefined ? {} : { partialOutput };
  switch (stop.how) {
    case 'failed':
      return classifyFailure(stop.error, { signal, partialOutput });
    case 'finished':
      return { status: 'error', reason: 'never_ended', error: noResult, ...soFar };
    case 'closed':
      return { status: 'error', reason: 'aborted', error: queryClosed, ...soFar };
    case 'left':
      return signal?.aborted === true
        ? classifyFailure(signal.reason, { signal, partialOutput })
        : { status: 'error', reason: 'stream_abandoned', error: stop.error, ...soFar };
    default:
      return stop satisfies never;
  }
}
