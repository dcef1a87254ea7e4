import { settleCalls } from './model-calls.ts';
import type { OpenRun } from './open-run.ts';
import { type RunProgress, toResultEnding } from './result-ending.ts';
import { type Stop, toRunEnding } from './run-ending.ts';
import { endRun, updateRun } from './run-events.ts';

/** The query is over for its reader. */
export function queryStopped(run: OpenRun, stop: Stop): void {
  if (!run.port.isOpen(run.runId)) return;
  settleCalls(run, [], run.port.now());
  const { result, promptFailure } = run;
  const signal = run.signal();
  const isOurs = stop.how === 'failed' && result === undefined && signal?.aborted !== true;
  const failure = isOurs ? promptFailure : undefined;
  endRun(run, failure ?? toRunEnding(stop, { result, progress: progressOf(run), signal }));
}

/** The process is about to end what is open: a query that has its result is given its ending. */
export function processEnds(run: OpenRun): void {
  if (!run.port.isOpen(run.runId)) return;
  settleCalls(run, [], run.port.now());
  const progress = progressOf(run);
  const { partialOutput: output } = progress;
  if (run.result !== undefined) endRun(run, toResultEnding(run.result, progress));
  else if (output !== undefined) updateRun(run, { output });
}

function progressOf({ maxTurns, tools, calls }: OpenRun): RunProgress {
  return {
    maxTurns,
    toolsUsed: tools.used,
    lastObservation: tools.lastOutput,
    partialOutput: calls.lastText,
  };
}
