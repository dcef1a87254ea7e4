import { type JsonValue } from '../../../adapters/index.ts';
import { completed, type Scenario, support } from '../scenario.ts';

const answer = { answer: 'At the depot.' } as const;

/** Runs that reach their goal. */
export const successes: readonly Scenario[] = [
  {
    name: 'success-sync',
    run(lifecycle) {
      lifecycle.run(support, (run) => run.step({ name: 'look-up', kind: 'tool' }, () => answer));
    },
    expected: completed({
      output: answer,
      children: [{ name: 'look-up', below: 'support-agent', kind: 'tool', output: answer }],
    }),
  },
  {
    name: 'success-async',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await pass(10);
        const found = await run.step(
          { name: 'search', kind: 'retriever', input: 'parcel' },
          async () => {
            await pass(30);
            return ['depot'];
          },
        );
        await pass(5);
        return { answer: `At the ${found[0]}.` };
      });
    },
    expected: completed({
      output: answer,
      children: [{ name: 'search', below: 'support-agent', kind: 'retriever', output: ['depot'] }],
    }),
  },
  {
    name: 'no-steps',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, () => pass(20));
    },
    expected: completed({ output: '[no output]' }),
  },
  {
    name: 'wrapped-function',
    async run(lifecycle, { pass }) {
      const ask = lifecycle.wrap(
        { name: 'support-agent' },
        async (_question: string, limit: number) => {
          await pass(20);
          return `${limit} answers`;
        },
      );
      await lifecycle.withConversation('chat-7', () => ask('Where?', 3));
    },
    expected: completed({
      input: ['Where?', 3],
      output: '3 answers',
      conversationSource: 'context',
    }),
  },
  {
    name: 'manual-run',
    async run(lifecycle, { pass }) {
      await using run = lifecycle.startRun(support);
      const step = run.startStep({ name: 'plan', kind: 'chain' });
      await pass(10);
      step.complete('a plan');
      run.complete(answer);
    },
    expected: completed({
      output: answer,
      children: [{ name: 'plan', below: 'support-agent', kind: 'chain', output: 'a plan' }],
    }),
  },
  {
    name: 'ended-with-a-reason',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await pass(10);
        run.end({ status: 'completed', reason: 'fallback', output: 'Please call us.' });
      });
    },
    expected: completed({ reason: 'fallback', output: 'Please call us.' }),
  },
  falsy('empty-text', { returned: '', output: '', shownOutput: { value: '' } }),
  falsy('zero', { returned: 0, output: 0, shownOutput: 0 }),
  falsy('false', { returned: false, output: false, shownOutput: false }),
  falsy('null', { returned: null, output: null, shownOutput: { value: null } }),
  falsy('undefined', { returned: undefined, output: '[no output]', shownOutput: '[no output]' }),
];

function falsy(
  title: string,
  { returned, ...outputs }: { returned: unknown; output: JsonValue; shownOutput: JsonValue },
): Scenario {
  return {
    name: `output-${title}`,
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        run.step({ name: 'look-up', kind: 'tool' }, () => returned);
        await pass(10);
        return returned;
      });
    },
    expected: completed({
      ...outputs,
      children: [{ name: 'look-up', below: 'support-agent', kind: 'tool' }],
    }),
  };
}
