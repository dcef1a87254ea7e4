import type { AdapterPort } from '../../src/index.ts';
import { type Callers, createCallers } from './callers.ts';
import { createErrorOrigins, type ErrorOrigins } from './error-origins.ts';
import { createOpenRuns, type OpenRuns } from './open-runs.ts';
import { createSuspendedRuns, type SuspendedRuns } from './suspended-runs.ts';

/** What all handlers of a lifecycle share, so that a run that two of them hear of is recorded once. */
export interface Recording {
  readonly port: AdapterPort;
  readonly open: OpenRuns;
  readonly suspended: SuspendedRuns;
  readonly origins: ErrorOrigins;
  readonly callers: Callers;
}

/** Makes the recording of one lifecycle. */
export function createRecording(port: AdapterPort): Recording {
  const open = createOpenRuns();
  // An aborted graph rejects first and tells its end a few microtasks later.
  port.tellsLate(() => open.hasRuns());
  return {
    port,
    open,
    suspended: createSuspendedRuns(),
    origins: createErrorOrigins(),
    callers: createCallers(port, open),
  };
}

/** Calls what records a callback; what it throws becomes a diagnostic and never reaches LangChain. */
export function guarded({ port }: Recording, record: () => void): void {
  port.guard('A callback of LangChain could not be recorded', record);
}
