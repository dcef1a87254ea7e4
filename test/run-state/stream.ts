import fc from 'fast-check';
import type { LifecycleEvent } from '../../src/index.ts';

interface StepPlan {
  readonly depth: number;
  readonly fails: boolean;
  readonly ends: boolean;
}

interface RunPlan {
  readonly steps: readonly StepPlan[];
  readonly inner: readonly RunPlan[];
  readonly endings: readonly Ending[];
  readonly conversation: string | undefined;
}

type Ending = 'completed' | 'exception' | 'aborted' | 'max_iterations' | 'suspended';

const { plan } = fc.letrec<{ plan: RunPlan }>((tie) => ({
  plan: fc.record({
    steps: fc.array(fc.record({ depth: fc.nat(2), fails: fc.boolean(), ends: fc.boolean() }), {
      maxLength: 4,
    }),
    inner: fc.oneof({ maxDepth: 2 }, fc.constant([]), fc.array(tie('plan'), { maxLength: 2 })),
    endings: fc.array(
      fc.constantFrom<Ending>('completed', 'exception', 'aborted', 'max_iterations', 'suspended'),
      { maxLength: 2 },
    ),
    conversation: fc.option(fc.constantFrom('c-1', 'c-2'), { nil: undefined }),
  }),
}));

/** Valid event streams of one or more runs, in the order in which they would be told. */
export const streams: fc.Arbitrary<readonly LifecycleEvent[]> = fc
  .array(plan, { minLength: 1, maxLength: 3 })
  .map((plans) => {
    let time = 1_000;
    const tick = (): number => (time += 10);
    return plans.flatMap((one, index) => toEvents(one, `run-${index}`, undefined, tick));
  });

function toEvents(
  plan: RunPlan,
  runId: string,
  parentRunId: string | undefined,
  tick: () => number,
): readonly LifecycleEvent[] {
  const events: LifecycleEvent[] = [
    {
      type: 'run-start',
      runId,
      name: `agent ${runId}`,
      input: `input of ${runId}`,
      timestamp: tick(),
      ...(parentRunId !== undefined && { parentRunId }),
      ...(plan.conversation !== undefined && { conversationId: plan.conversation }),
    },
  ];
  for (const [index, step] of plan.steps.entries())
    events.push(...stepEvents(step, runId, index, tick));
  for (const [index, inner] of plan.inner.entries())
    events.push(...toEvents(inner, `${runId}.${index}`, runId, tick));
  for (const ending of plan.endings) events.push(endEvent(ending, runId, tick()));
  return events;
}

function stepEvents(
  plan: StepPlan,
  runId: string,
  index: number,
  tick: () => number,
): readonly LifecycleEvent[] {
  const ids = Array.from({ length: plan.depth + 1 }, (_, depth) => `${runId}/s${index}.${depth}`);
  const starts = ids.map((stepId, depth): LifecycleEvent => ({
    type: 'step-start',
    runId,
    stepId,
    name: `step ${stepId}`,
    kind: 'tool',
    input: `input of ${stepId}`,
    timestamp: tick(),
    ...(depth > 0 && { parentStepId: ids[depth - 1] ?? '' }),
  }));
  if (!plan.ends) return starts;
  const ends = ids.toReversed().map((stepId): LifecycleEvent => ({
    type: 'step-end',
    runId,
    stepId,
    timestamp: tick(),
    output: `output of ${stepId}`,
    ...(plan.fails && { error: { type: 'Error', message: `${stepId} failed` } }),
  }));
  return [...starts, ...ends];
}

function endEvent(ending: Ending, runId: string, timestamp: number): LifecycleEvent {
  const base = { type: 'run-end', runId, timestamp } as const;
  switch (ending) {
    case 'completed':
      return { ...base, status: 'completed', output: `output of ${runId}` };
    case 'suspended':
      return { ...base, status: 'suspended', pending: [`question of ${runId}`] };
    case 'exception':
    case 'aborted':
    case 'max_iterations':
      return {
        ...base,
        status: 'error',
        reason: ending,
        error: { type: 'Error', message: `${ending} of ${runId}` },
      };
    default:
      return ending satisfies never;
  }
}

/** The same events in any order, some of them twice, some of them missing. */
export function mangled(
  events: readonly LifecycleEvent[],
): fc.Arbitrary<readonly LifecycleEvent[]> {
  return fc
    .tuple(fc.subarray([...events]), fc.subarray([...events]))
    .chain(([kept, repeated]) => shuffled([...kept, ...repeated]));
}

/** All events in any order, some of them twice. */
export function reordered(
  events: readonly LifecycleEvent[],
): fc.Arbitrary<readonly LifecycleEvent[]> {
  return fc.subarray([...events]).chain((repeated) => shuffled([...events, ...repeated]));
}

function shuffled<T>(items: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });
}
