import type { Outcome } from './sink.ts';

const types: readonly unknown[] = [
  'delivered',
  'unneeded',
  'retry',
  'rejected',
] satisfies readonly Outcome['type'][];

/**
 * The outcomes of a batch as a sink gave them; a sink may be anybody's, also without types.
 *
 * @throws {TypeError} when they cannot be read: what is unclear must not pass for delivered.
 */
export function checkedOutcomes(outcomes: readonly Outcome[]): readonly Outcome[] {
  if (Array.isArray(outcomes) && outcomes.every((outcome) => types.includes(outcome?.type)))
    return outcomes;
  throw new TypeError('send() must resolve to a list with one outcome per record');
}

/** Whether the destination works. That a record is not needed says nothing about it: nobody asked it. */
export function isServed(outcomes: readonly Outcome[]): boolean {
  const found = new Set(outcomes.map(({ type }) => type));
  return !found.has('retry') || found.has('delivered') || found.has('rejected');
}

/** The longest time that the destination wants to be left alone, in milliseconds; 0 when it did not say. */
export function longestAskedMs(outcomes: readonly Outcome[]): number {
  return Math.max(
    0,
    ...outcomes.map((outcome) => (outcome.type === 'retry' ? (outcome.afterMs ?? 0) : 0)),
  );
}
