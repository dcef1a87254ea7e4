import type { Ending, RunUpdateEvent } from '../../src/index.ts';
import { addInput } from './model-calls.ts';
import { type OpenRun, toOpenRun } from './open-run.ts';
import type { Recording } from './recording.ts';
import { readStart, toRunOptions } from './run-start.ts';

/** Starts the run of a query; `call` is what `query` was called with. */
export function startRun({ port, options, suspended }: Recording, call: unknown): OpenRun {
  const startTime = port.now();
  const start = readStart(call);
  const { prompt, resumed, goesOn, maxTurns, signal } = start;
  const waiting = resumed === undefined ? undefined : suspended.take(resumed);
  const { runId } = port.startRun({ ...toRunOptions(start, options, waiting), startTime });
  const run = toOpenRun({ port, runId, startTime, suspended, goesOn, maxTurns, signal });
  if (prompt !== undefined) addInput(run, undefined, prompt, startTime);
  return run;
}

/** More became known of a run. */
export function updateRun(
  { port, runId }: OpenRun,
  facts: Omit<RunUpdateEvent, 'type' | 'runId' | 'timestamp'>,
): void {
  port.emit({ type: 'run-update', runId, timestamp: port.now(), ...facts });
}

/** Ends a run. One that waits is kept by its session, so that the next query can be linked to it. */
export function endRun({ port, runId, sessionId, suspended }: OpenRun, ending: Ending): void {
  if (ending.status === 'suspended' && sessionId !== undefined) suspended.set(sessionId, runId);
  port.emit({ type: 'run-end', runId, timestamp: port.now(), ...ending });
}
