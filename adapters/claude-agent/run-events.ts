import type { Ending, RunUpdateEvent } from '../../src/index.ts';
import type { OpenRun } from './open-run.ts';

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
