import { type BoundedMap, createBoundedMap, readField, readText } from '../../src/index.ts';
import { interruptionsOf, isRunState, toApprovals } from './approvals.ts';

/** The suspended runs of this process, found again by the state that a resuming call gives. */
export interface SuspendedRuns {
  readonly byState: WeakMap<object, string>;
  /** A state that was written to text and read back is another object with the same trace and the same open calls. */
  readonly byContent: BoundedMap<string, string>;
}

const maxRemembered = 1_000;

/** No run is suspended. */
export function createSuspendedRuns(): SuspendedRuns {
  return { byState: new WeakMap(), byContent: createBoundedMap(maxRemembered) };
}

/** Remembers that a run waits in this state. */
export function rememberSuspended(
  { byState, byContent }: SuspendedRuns,
  state: unknown,
  runId: string,
): void {
  if (!isRunState(state)) return;
  byState.set(state, runId);
  byContent.set(contentKey(state), runId);
}

/** The run that waits in this state. */
export function findSuspended(
  { byState, byContent }: SuspendedRuns,
  state: unknown,
): string | undefined {
  if (!isRunState(state)) return undefined;
  return byState.get(state) ?? byContent.get(contentKey(state));
}

function contentKey(state: object): string {
  const traceId = readText(readField(state, '_trace'), 'traceId');
  const calls = toApprovals(interruptionsOf(state)).map(({ id, name }) => [id, name]);
  return JSON.stringify([traceId, calls]);
}
