import type { ObservationKind } from '../../../adapters/index.ts';
import {
  completed,
  type ExpectedChild,
  type Scenario,
  support,
  survive,
  withFixedStack,
} from '../scenario.ts';

const kinds = [
  'agent',
  'generation',
  'tool',
  'retriever',
  'chain',
  'evaluator',
  'embedding',
  'guardrail',
  'span',
  'event',
] as const satisfies readonly ObservationKind[];

const stepCount = 200;

/** What happens below a parent. */
export const steps: readonly Scenario[] = [
  {
    name: 'every-kind',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        for (const kind of kinds) await run.step({ name: `a-${kind}`, kind }, () => pass(10));
        return 'done';
      });
    },
    expected: completed({
      output: 'done',
      children: kinds.map((kind) => ({ name: `a-${kind}`, below: 'support-agent', kind })),
    }),
  },
  {
    name: 'nested-runs',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, (run) =>
        run.step({ name: 'delegate', kind: 'tool' }, () =>
          lifecycle.run({ name: 'researcher', input: 'parcel' }, async (inner) => {
            await pass(10);
            return inner.step({ name: 'ask-expert', kind: 'tool' }, () =>
              lifecycle.run({ name: 'expert', input: 'depot' }, async (innermost) => {
                await innermost.step({ name: 'think', kind: 'generation', model: 'gpt-5' }, () =>
                  pass(10),
                );
                return 'At the depot.';
              }),
            );
          }),
        ),
      );
    },
    expected: completed({
      output: 'At the depot.',
      children: [
        { name: 'delegate', below: 'support-agent', kind: 'tool', output: 'At the depot.' },
        {
          name: 'researcher',
          below: 'delegate',
          kind: 'agent',
          output: 'At the depot.',
          metadata: { status: 'completed', reason: 'stop', conversation_id_source: 'outer_run' },
        },
        { name: 'ask-expert', below: 'researcher', kind: 'tool' },
        { name: 'expert', below: 'ask-expert', kind: 'agent', output: 'At the depot.' },
        { name: 'think', below: 'expert', kind: 'generation' },
      ],
    }),
  },
  {
    name: 'failed-inner-run',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await survive(() =>
          run.step({ name: 'delegate', kind: 'tool' }, () =>
            lifecycle.run({ name: 'researcher' }, async () => {
              await pass(10);
              throw withFixedStack(new Error('no sources'));
            }),
          ),
        );
        return 'without research';
      });
    },
    expected: completed({
      output: 'without research',
      children: [
        {
          name: 'delegate',
          below: 'support-agent',
          kind: 'tool',
          level: 'ERROR',
          statusMessage: 'no sources',
        },
        {
          name: 'researcher',
          below: 'delegate',
          kind: 'agent',
          level: 'ERROR',
          statusMessage: 'no sources',
          output: { error: { type: 'Error', message: 'no sources', reason: 'exception' } },
          metadata: { status: 'error', reason: 'exception' },
        },
      ],
    }),
  },
  {
    name: 'failed-step',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await survive(() =>
          run.step({ name: 'search', kind: 'tool', input: 'parcel' }, async (step) => {
            await pass(10);
            step.update({ output: ['first hit'] });
            throw withFixedStack(new Error('search is down'));
          }),
        );
        return 'I do not know.';
      });
    },
    expected: completed({
      output: 'I do not know.',
      children: [
        {
          name: 'search',
          below: 'support-agent',
          kind: 'tool',
          level: 'ERROR',
          statusMessage: 'search is down',
          output: {
            error: { type: 'Error', message: 'search is down' },
            partialOutput: ['first hit'],
          },
          metadata: { error_type: 'Error' },
        },
      ],
    }),
  },
  {
    name: 'steps-left-open',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        const search = run.startStep({ name: 'search', kind: 'tool', input: 'parcel' });
        await pass(10);
        search.startStep({ name: 'rank', kind: 'generation', model: 'gpt-5' });
        run.startStep({ name: 'log' });
        await pass(10);
        return 'done without them';
      });
    },
    expected: completed({
      output: 'done without them',
      children: [
        leftOpen({ name: 'search', below: 'support-agent', kind: 'tool' }),
        leftOpen({ name: 'rank', below: 'search', kind: 'generation' }),
        leftOpen({ name: 'log', below: 'support-agent', kind: 'span' }),
      ],
    }),
  },
  {
    name: 'two-hundred-steps',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        for (let number = 1; number <= stepCount; number += 1) {
          await run.step({ name: `step-${number}`, kind: 'tool', input: { number } }, async () => {
            await pass(1);
            return number;
          });
        }
        return stepCount;
      });
    },
    expected: completed({
      output: stepCount,
      children: Array.from({ length: stepCount }, (_, index) => ({
        name: `step-${index + 1}`,
        below: 'support-agent',
        kind: 'tool' as const,
        output: index + 1,
      })),
    }),
  },
  {
    name: 'generation-facts',
    async run(lifecycle, { pass, now }) {
      await lifecycle.run(support, (run) =>
        run.step(
          {
            name: 'answer',
            kind: 'generation',
            model: 'gpt-5',
            modelParameters: { temperature: 0.2, maxTokens: 512, stop: ['\n'], stream: true },
            prompt: { name: 'support-answer', version: 3 },
            input: [{ role: 'user', content: 'Where is my parcel?' }],
            metadata: { attempt: 1 },
          },
          async (step) => {
            await pass(10);
            step.update({ completionStartTime: now() });
            await pass(40);
            step.update({
              usage: {
                prompt_tokens: 100,
                completion_tokens: 50,
                total_tokens: 150,
                prompt_tokens_details: { cached_tokens: 40 },
                completion_tokens_details: { reasoning_tokens: 20 },
              },
              cost: { input: 0.001, output: 0.002, total: 0.003 },
            });
            return 'At the depot.';
          },
        ),
      );
    },
    expected: completed({
      output: 'At the depot.',
      children: [
        {
          name: 'answer',
          below: 'support-agent',
          kind: 'generation',
          output: 'At the depot.',
          metadata: { attempt: 1 },
          model: {
            model: 'gpt-5',
            modelParameters: { temperature: 0.2, maxTokens: 512, stop: ['\n'], stream: true },
            usageDetails: {
              input: 60,
              output: 30,
              total: 150,
              input_cached_tokens: 40,
              output_reasoning_tokens: 20,
            },
            costDetails: { input: 0.001, output: 0.002, total: 0.003 },
            completionStartTime: '2026-11-23T12:00:00.010Z',
          },
        },
      ],
    }),
  },
];

function leftOpen(child: Pick<ExpectedChild, 'name' | 'below' | 'kind'>): ExpectedChild {
  return {
    ...child,
    level: 'WARNING',
    statusMessage: 'still open when the run support-agent ended',
    metadata: { closed_with_run: true },
  };
}
