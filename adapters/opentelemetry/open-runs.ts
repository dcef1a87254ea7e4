import {
  type AdapterPort,
  type BoundedMap,
  createBoundedMap,
  type Place,
} from '../../src/index.ts';
import { createKnownSpans, type KnownSpans } from './known-spans.ts';
import { noProgress, type RunProgress } from './run-progress.ts';

/** What the functions of this folder work on, one for a processor: where events go, and what is known. */
export interface Recording {
  readonly port: AdapterPort;
  /** Whether spans that have nothing to do with models or agents become steps. */
  readonly keepsOthers: boolean;
  readonly spans: KnownSpans;
  /** Runs of the program itself in which there were spans. */
  readonly foreignRuns: BoundedMap<string, OpenRun>;
}

/** A run with spans in it. */
export interface OpenRun {
  readonly runId: string;
  /** The run around it. */
  readonly outer: OpenRun | undefined;
  /** What its span called it at its start. */
  readonly name: string;
  /** Whether an agent inside may give it a name, because its own is only a word of its framework. */
  isNamed: boolean;
  conversation: string | undefined;
  hasUser: boolean;
  /** Undefined for a run whose ending is not ours to tell, and when it has been told. */
  progress: RunProgress | undefined;
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

/** A run of a span, in which nothing has been seen. */
export function createOpenRun(
  begun: Pick<OpenRun, 'runId' | 'outer' | 'name' | 'isNamed'>,
): OpenRun {
  return { ...begun, conversation: undefined, hasUser: false, progress: noProgress };
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
  const run = toForeignRun(runId);
  foreignRuns.set(runId, run);
  return run;
}

/** The run around all runs around. */
export function outermost(inside: OpenRun | undefined): OpenRun | undefined {
  let run = inside;
  while (run?.outer !== undefined) run = run.outer;
  return run;
}

/** It has its name and user from the program, which also tells its ending. */
function toForeignRun(runId: string): OpenRun {
  return {
    runId,
    outer: undefined,
    name: '',
    isNamed: true,
    conversation: undefined,
    hasUser: true,
    progress: undefined,
  };
}
