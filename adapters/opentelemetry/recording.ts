import {
  type AdapterPort,
  type BoundedMap,
  createBoundedMap,
  type Place,
} from '../../src/index.ts';
import { createKnownSpans, type KnownSpans } from './known-spans.ts';
import { createForeignRun, type OpenRun } from './open-runs.ts';

/** What the functions of this folder work on, one for a processor: where events go, and what is known. */
export interface Recording {
  readonly port: AdapterPort;
  /** Whether spans that have nothing to do with models or agents become steps. */
  readonly keepsOthers: boolean;
  readonly spans: KnownSpans;
  /** Runs of the program itself in which there were spans. */
  readonly foreignRuns: BoundedMap<string, OpenRun>;
}

const maxForeignRuns = 1_000;

/** The recording of one processor. */
export function createRecording(port: AdapterPort, otherSpans: 'keep' | 'drop'): Recording {
  return {
    port,
    keepsOthers: otherSpans === 'keep',
    spans: createKnownSpans(),
    foreignRuns: createBoundedMap(maxForeignRuns),
  };
}

/** The run of a place: one that is known `above` it, or one that the program started itself. */
export function runOf(
  { foreignRuns }: Recording,
  { runId }: Place,
  above: OpenRun | undefined,
): OpenRun {
  for (let run = above; run !== undefined; run = run.outer) {
    if (run.runId === runId) return run;
  }
  const known = foreignRuns.get(runId);
  if (known !== undefined) return known;
  const run = createForeignRun(runId);
  foreignRuns.set(runId, run);
  return run;
}
