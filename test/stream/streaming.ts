import type { LifecycleOptions } from '../../src/index.ts';
import { type Observed, observedLifecycle } from '../observed-lifecycle.ts';

/** One that hears of the end of the process, as in a program: streams are told of unhandled rejections too. */
export function streaming(options: Partial<LifecycleOptions> = {}): Observed {
  return observedLifecycle({ interruption: {}, ...options });
}

/** Everything that an iterable gives. */
export async function collect<T>(iterable: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** How many microtask turns pass until `promise` has settled. */
export async function turnsUntilSettled(promise: Promise<unknown>): Promise<number> {
  const seen = { isSettled: false };
  const settle = (): void => {
    seen.isSettled = true;
  };
  promise.then(settle, settle);
  let turns = 0;
  while (!seen.isSettled && turns < 100) {
    await Promise.resolve();
    turns += 1;
  }
  return turns;
}
