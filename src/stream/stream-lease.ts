import type { StreamSession } from './stream-session.ts';

/**
 * What everything that a reader may hold of a stream holds, and nothing else does: when it is collected, nobody can
 * read the stream any more. The session must never lead back to it.
 */
export interface StreamLease {
  readonly session: StreamSession;
  /** What to do besides when it is collected. */
  onCollected(callback: () => void): void;
}

interface Leased {
  readonly session: StreamSession;
  readonly callbacks: (() => void)[];
}

/** Gives leases, and ends the sessions of those that are collected. */
export function createStreamLeases(): (session: StreamSession) => StreamLease {
  const registry = new FinalizationRegistry<Leased>(({ session, callbacks }) => {
    for (const callback of callbacks) callback();
    session.leave({ how: 'collected' });
  });
  return (session) => {
    const callbacks: (() => void)[] = [];
    const lease: StreamLease = { session, onCollected: pushTo(callbacks) };
    registry.register(lease, { session, callbacks });
    return lease;
  };
}

// Made apart: a closure beside the lease could hold it.
function pushTo(callbacks: (() => void)[]): (callback: () => void) => void {
  return (callback) => void callbacks.push(callback);
}
