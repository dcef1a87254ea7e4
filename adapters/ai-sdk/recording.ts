import {
  type AdapterPort,
  type BoundedMap,
  createBoundedMap,
  type Ending,
} from '../../src/index.ts';
import type { OpenRun } from './open-runs.ts';

/** What the user said of the calls. */
export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  /** The limit of the steps of a function, when it is known. */
  readonly maxStepsOf: (functionId: string | undefined) => number | undefined;
}

/** What the functions of this folder work on: where events go, what the user said, and the runs that are known. */
export interface Recording extends CallSettings {
  readonly port: AdapterPort;
  /** By the SDK's id of the call, which is the id of the run. */
  readonly open: Map<string, OpenRun>;
  /** How runs ended: the SDK may tell of a failure after the end. */
  readonly ended: BoundedMap<string, Ending['status']>;
}

const maxEnded = 1_000;

/** The recording of one integration. */
export function createRecording(port: AdapterPort, settings: CallSettings): Recording {
  return { ...settings, port, open: new Map(), ended: createBoundedMap(maxEnded) };
}
