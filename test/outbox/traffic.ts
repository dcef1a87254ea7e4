import * as fc from 'fast-check';
import type { LifecycleRecord } from '../../src/index.ts';

/** Which observation of which run; `parent` is the run itself. */
export interface Address {
  readonly run: number;
  readonly name: 'parent' | 'a' | 'b' | 'c';
}

/** What a sink does with one batch. */
export interface Answer {
  readonly type: 'outcomes' | 'throws' | 'too few' | 'nonsense';
  /** Used in turn for the records of the batch. */
  readonly outcomes: readonly ('delivered' | 'retry' | 'asked' | 'rejected' | 'unneeded')[];
  /** How long the sink takes, milliseconds. */
  readonly delayMs: number;
}

/** Something that happens to an outbox. */
export type Command =
  | {
      readonly type: 'enqueue';
      readonly address: Address;
      readonly phase: 'open' | 'ended';
      readonly size: number;
    }
  | { readonly type: 'wait'; readonly milliseconds: number }
  | { readonly type: 'flush'; readonly timeoutMs: number };

const address = fc.record({
  run: fc.nat(4),
  name: fc.constantFrom('parent', 'a', 'b', 'c'),
}) satisfies fc.Arbitrary<Address>;

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('enqueue'),
      address,
      phase: fc.constantFrom('open', 'ended'),
      size: fc.constantFrom(50, 100, 300),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('wait'),
      milliseconds: fc.constantFrom(0, 1, 499, 1_000, 5_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('flush'),
      timeoutMs: fc.constantFrom(0, 100, 2_000, 60_000),
    }),
  },
);

/** Anything that a program may do, in any order. */
export const commands: fc.Arbitrary<readonly Command[]> = fc.array(command, {
  minLength: 1,
  maxLength: 60,
});

/** Anything that a sink may answer, a batch each. */
export const answers: fc.Arbitrary<readonly Answer[]> = fc.array(
  fc.record({
    type: fc.constantFrom('outcomes', 'outcomes', 'outcomes', 'throws', 'too few', 'nonsense'),
    outcomes: fc.array(fc.constantFrom('delivered', 'retry', 'asked', 'rejected', 'unneeded'), {
      minLength: 1,
      maxLength: 5,
    }),
    delayMs: fc.constantFrom(0, 0, 0, 300, 3_000),
  }),
  { maxLength: 25 },
);

/** A record as small as it can be. */
export function toRecord(
  { run, name }: Address,
  phase: 'open' | 'ended',
  size: number,
): LifecycleRecord {
  const traceId = run.toString(16).padStart(32, 'a');
  const isParent = name === 'parent';
  const facts = {
    role: isParent ? 'parent' : 'step',
    runId: traceId,
    id: `${name}-${run}`,
    trace: { traceId, name: `run ${run}` },
    kind: isParent ? 'agent' : 'tool',
    name,
    startTime: 0,
    level: 'DEFAULT',
    metadata: {},
    size,
    ...(!isParent && { stepId: name, parentId: `parent-${run}` }),
  } as const;
  return phase === 'open' ? { ...facts, phase } : { ...facts, phase, endTime: 1 };
}
