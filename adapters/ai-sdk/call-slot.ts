import type { StreamReaders } from './stream-readers.ts';

/** What is known of one call of the SDK from the moment on at which it asks for our callbacks. */
export interface CallSlot {
  /** Set when the call says that it starts. */
  callId?: string;
  /** Whether callbacks of this slot serve more than one call: then nothing follows from their collection. */
  isShared?: true;
  /** Set when somebody observes the result of the call. */
  readers?: StreamReaders;
  /** Stops what waits for the end of the process or of the lifecycle. */
  unwatch?: () => void;
  /** Makes the readers of the call. */
  readonly observe: (slot: CallSlot) => StreamReaders;
}

/** How far from the making of a stream `observeStream` may be, in microtasks: an async function or two around it. */
const claimableMicrotasks = 20;

interface Candidate {
  /** One of each integration that has been asked for its callbacks. */
  readonly slots: CallSlot[];
  /** The callbacks that the first of them has been asked for. */
  readonly names: ReadonlySet<string>;
  age: number;
}

// Of this module and not of an integration: `observeStream` is given a result and nothing else.
const candidates = new Set<Candidate>();

/** Lets the next `observeStream` find the call that has just been made; `names` is what was asked for and goes on growing. */
export function offerSlot(slot: CallSlot, names: ReadonlySet<string>): void {
  // The SDK asks all integrations for one callback, then for the next: who was asked for one only is of the same call.
  const sameCall = [...candidates].find(({ age, names: { size } }) => age === 0 && size === 1);
  if (sameCall !== undefined) {
    sameCall.slots.push(slot);
    return;
  }
  const candidate: Candidate = { slots: [slot], names, age: 0 };
  candidates.add(candidate);
  function grow(): void {
    candidate.age += 1;
    if (candidate.age > claimableMicrotasks) candidates.delete(candidate);
    else if (candidates.has(candidate)) queueMicrotask(grow);
  }
  queueMicrotask(grow);
}

/** Says that the call of a slot gives no stream that somebody could observe. */
export function withdrawSlot(slot: CallSlot): void {
  for (const candidate of candidates)
    if (candidate.slots.includes(slot)) candidates.delete(candidate);
}

/**
 * The call whose result somebody has in hand now: the one that was made in the same synchronous piece of code, else the
 * one that was made a few microtasks ago. Empty when there is none, and when there are several: to take the reader of
 * one call for the reader of another would be worse.
 */
export function claimSlots(): readonly CallSlot[] {
  const all = [...candidates];
  const here = all.filter(({ age }) => age === 0);
  const [candidate, ...others] = here.length > 0 ? here : all;
  if (candidate === undefined || others.length > 0) return [];
  candidates.delete(candidate);
  return candidate.slots;
}

const collected = new FinalizationRegistry<() => void>((tell) => tell());

/**
 * Tells when a call can never go on: `token` is held by the callbacks that the SDK holds for as long as anything can still
 * read or run the call. `tell` must not lead to it.
 */
export function onUnreachable(token: object, tell: () => void): void {
  collected.register(token, tell);
}
