import type { Ending } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import { toMetadata } from './metadata.ts';
import type { Pause } from './pause.ts';

/** A run of ours: the outermost call of LangChain, with what is known while it is open. Holds nothing of the host's. */
export interface OpenRun {
  readonly runId: string;
  readonly name: string;
  readonly thread: string | undefined;
  /** Keys of the run's own metadata, which LangChain repeats on every call inside. */
  readonly metadataKeys: ReadonlySet<string>;
  /** What is open in it, by LangChain's ids. */
  readonly openIds: Set<string>;
  readonly progress: RunProgress;
}

/** What the calls inside a run told that its ending follows from. */
export interface RunProgress {
  /** Names of the tools that the run's own agent called, in order, at most 1,000. */
  readonly toolsUsed: string[];
  /** What the last of them gave. */
  lastObservation: unknown;
  /** The interrupt that a node threw, for a LangGraph that has no event for it. */
  thrownPause: Pause | undefined;
  /** How the last node failed, when none has started since. */
  nodeFailure: (Ending & { readonly status: 'error' }) | undefined;
}

/** The run that begins with a call. */
export function toOpenRun(facts: CallFacts, runId: string, thread: string | undefined): OpenRun {
  return {
    runId,
    name: facts.name,
    thread,
    metadataKeys: new Set(Object.keys(toMetadata(facts.metadata))),
    openIds: new Set(),
    progress: {
      toolsUsed: [],
      lastObservation: undefined,
      thrownPause: undefined,
      nodeFailure: undefined,
    },
  };
}
