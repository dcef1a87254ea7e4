import type { AdapterPort } from '../../src/index.ts';
import { abandonRun } from './run-events.ts';
import { createOpenRuns, type TrackedRun, type OpenRuns } from './open-runs.ts';

/** What is known about an agent's loop from outside. */
export type MaxStepsOf = (agentId: string) => number | undefined;

/** All that an exporter keeps. It is small and not the host's. */
export interface Recording {
  readonly port: AdapterPort;
  readonly runs: OpenRuns;
  readonly maxStepsOf: MaxStepsOf;
  /**
   * Mastra drops its spans without a word when nobody reads the stream that they belong to. What is watched is the one
   * object that a live span shares with every export of it: its start time.
   */
  readonly unended: FinalizationRegistry<TrackedRun>;
}

/** Makes the recording of one exporter. */
export function createRecording(port: AdapterPort, maxStepsOf: MaxStepsOf): Recording {
  const recording: Recording = {
    port,
    runs: createOpenRuns(),
    maxStepsOf,
    unended: new FinalizationRegistry((run) => {
      port.guard('The Mastra adapter failed to end an abandoned run', () => {
        abandonRun(recording, run);
      });
    }),
  };
  return recording;
}
