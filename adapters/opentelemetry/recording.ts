import { type AdapterPort, type BoundedMap, createBoundedMap } from '../../src/index.ts';
import { createKnownSpans, type KnownSpans } from './known-spans.ts';
import type { OpenRun } from './open-runs.ts';

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
