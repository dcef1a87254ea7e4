import type { AdapterPort } from '../../src/index.ts';
import { createSuspendedRuns, type SuspendedRuns } from './suspended-runs.ts';

/** What the functions of this folder work on, one for a lifecycle: where events go, and the runs that wait. */
export interface Recording {
  readonly port: AdapterPort;
  readonly suspended: SuspendedRuns;
}

/** The recording of one lifecycle. */
export function createRecording(port: AdapterPort): Recording {
  return { port, suspended: createSuspendedRuns() };
}
