import type { Subscription } from './open-runs.ts';

/** How far from the making of a stream `observeStream` may be, in microtasks: an async function or two around it. */
const claimableMicrotasks = 20;

/** A call that has just been made, and whose stream somebody may observe. */
interface Candidate {
  /** One of each integration that has been asked for its callbacks. */
  readonly subscriptions: Subscription[];
  /** The callbacks that the first of them has been asked for. */
  readonly names: ReadonlySet<string>;
  age: number;
}

// Of this module and not of an integration: `observeStream` is given a result and nothing else.
const candidates = new Set<Candidate>();

/** Lets the next `observeStream` find the call that has just been made; `names` is what was asked for and goes on growing. */
export function offerSubscription(subscription: Subscription, names: ReadonlySet<string>): void {
  // The SDK asks all integrations for one callback, then for the next: who was asked for one only is of the same call.
  const sameCall = [...candidates].find(({ age, names: { size } }) => age === 0 && size === 1);
  if (sameCall !== undefined) {
    sameCall.subscriptions.push(subscription);
    return;
  }
  const candidate: Candidate = { subscriptions: [subscription], names, age: 0 };
  candidates.add(candidate);
  function grow(): void {
    candidate.age += 1;
    if (candidate.age > claimableMicrotasks) candidates.delete(candidate);
    else if (candidates.has(candidate)) queueMicrotask(grow);
  }
  queueMicrotask(grow);
}

/** Says that the call gives no stream that somebody could observe. */
export function withdrawSubscription(subscription: Subscription): void {
  for (const candidate of candidates)
    if (candidate.subscriptions.includes(subscription)) candidates.delete(candidate);
}

/**
 * The call whose result somebody has in hand now: the one that was made in the same synchronous piece of code, else the
 * one that was made a few microtasks ago. Empty when there is none, and when there are several: to take the reader of
 * one call for the reader of another would be worse.
 */
export function claimSubscriptions(): readonly Subscription[] {
  const all = [...candidates];
  const here = all.filter(({ age }) => age === 0);
  const [candidate, ...others] = here.length > 0 ? here : all;
  if (candidate === undefined || others.length > 0) return [];
  candidates.delete(candidate);
  return candidate.subscriptions;
}
