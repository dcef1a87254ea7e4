import type { CountName } from '../measure/tally.ts';

/** A counter that is read as a share of the parents that are due. */
export interface CountedShare {
  readonly key: Exclude<CountName, 'due' | 'running'>;
  readonly title: string;
}

/** What a parent has, in the order of the columns. */
export const shares: readonly CountedShare[] = [
  { key: 'complete', title: 'complete' },
  { key: 'named', title: 'name' },
  { key: 'withInput', title: 'input' },
  { key: 'withConversation', title: 'conversation' },
  { key: 'terminal', title: 'status' },
  { key: 'withOutcome', title: 'output/error' },
];
