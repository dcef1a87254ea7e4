import type { Lifecycle } from './lifecycle.ts';

// In the order in which they were made. Strong references: somebody may keep nothing but modules.
const open = new Set<Lifecycle>();

/** Makes a lifecycle the default, until it is cleared or a later one takes its place. */
export function setDefaultLifecycle(lifecycle: Lifecycle): void {
  open.delete(lifecycle);
  open.add(lifecycle);
}

/** Takes a lifecycle that was shut down out of the choice; the one that was made before it is the default again. */
export function clearDefaultLifecycle(lifecycle: Lifecycle): void {
  open.delete(lifecycle);
}

/** The lifecycle that was made last and has not been shut down. */
export function defaultLifecycle(): Lifecycle | undefined {
  return [...open].at(-1);
}
