import { readField, readText } from '../../src/index.ts';
import { interruptionsOf, isRunState, toApprovals } from './approvals.ts';

/** The suspended runs of this process, found again by the state that a resuming call gives. */
export interface SuspendedRuns {
  remember(state: unknown, runId: string): void;
  /** The run that is waiting in this state. */
  find(state: unknown): string | undefined;
}

/** `limit` is how many are known by what they wait for; older ones are forgotten. */
export function createSuspendedRuns(limit: number): SuspendedRuns {
  const byState = new WeakMap<object, string>();
  // A state that was written to text and read back is another object with the same trace and the same open calls.
  const byContent = new Map<string, string>();
  return {
    remember(state, runId) {
      if (!isRunState(state)) return;
      byState.set(state, runId);
      const key = contentKey(state);
      byContent.delete(key);
      byContent.set(key, runId);
      const [oldest] = byContent.keys();
      if (byContent.size > limit && oldest !== undefined) byContent.delete(oldest);
    },
    find: (state) =>
      isRunState(state) ? (byState.get(state) ?? byContent.get(contentKey(state))) : undefined,
  };
}

function contentKey(state: object): string {
  const traceId = readText(readField(state, '_trace'), 'traceId');
  const calls = toApprovals(interruptionsOf(state)).map(({ id, name }) => [id, name]);
  return JSON.stringify([traceId, calls]);
}
