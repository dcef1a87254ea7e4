import { completed, failed, type Scenario, support, survive, withFixedStack } from '../scenario.ts';

/** Runs that are open when a flush interval is over. */
export const longRuns: readonly Scenario[] = [
  {
    name: 'long-run',
    async run(lifecycle, { pass, passTick }) {
      await lifecycle.run({ ...support, userId: 'user-1', tags: ['mail'] }, async (run) => {
        await run.step({ name: 'before-the-tick', kind: 'tool' }, () => pass(10));
        const open = run.startStep({ name: 'across-the-tick', kind: 'generation', model: 'gpt-5' });
        const span = run.startStep({ name: 'span-across-the-tick' });
        const tool = run.startStep({ name: 'tool-across-the-tick', kind: 'tool' });
        await passTick();
        open.complete('late');
        span.complete('late');
        tool.complete('late');
        await run.step({ name: 'after-the-tick', kind: 'tool' }, () => pass(10));
        return 'done';
      });
    },
    expected: completed({
      output: 'done',
      trace: { userId: 'user-1', tags: ['mail'] },
      wasOpenAtTick: true,
      children: [
        { name: 'before-the-tick', below: 'support-agent', kind: 'tool' },
        { name: 'across-the-tick', below: 'support-agent', kind: 'generation', output: 'late' },
        { name: 'span-across-the-tick', below: 'support-agent', kind: 'span', output: 'late' },
        { name: 'tool-across-the-tick', below: 'support-agent', kind: 'tool', output: 'late' },
        { name: 'after-the-tick', below: 'support-agent', kind: 'tool' },
      ],
    }),
  },
  {
    name: 'long-run-over-two-ticks',
    async run(lifecycle, { passTick }) {
      await lifecycle.run(support, async (run) => {
        const search = run.startStep({ name: 'search', kind: 'tool' });
        await passTick();
        run.update({ metadata: { phase: 'second' }, output: 'It is' });
        search.update({ metadata: { page: 2 } });
        await passTick();
        search.complete(['hit']);
        return 'done';
      });
    },
    expected: completed({
      output: 'done',
      metadata: { phase: 'second' },
      wasOpenAtTick: true,
      children: [
        {
          name: 'search',
          below: 'support-agent',
          kind: 'tool',
          output: ['hit'],
          metadata: { page: 2 },
        },
      ],
    }),
  },
  {
    name: 'long-run-that-failed',
    async run(lifecycle, { passTick }) {
      await survive(() =>
        lifecycle.run(support, async (run) => {
          run.startStep({ name: 'search', kind: 'tool' });
          await passTick();
          throw withFixedStack(new Error('gave up'));
        }),
      );
    },
    expected: failed({
      reason: 'exception',
      statusMessage: 'gave up',
      output: { error: { type: 'Error', message: 'gave up', reason: 'exception' } },
      wasOpenAtTick: true,
      children: [
        {
          name: 'search',
          below: 'support-agent',
          kind: 'tool',
          level: 'WARNING',
          statusMessage: 'still open when the run support-agent ended',
        },
      ],
    }),
  },
  {
    name: 'long-run-of-no-duration',
    async run(lifecycle, { passTick }) {
      const timestamp = '2026-11-23T10:00:00.000Z';
      const step = { runId: 'python-run-2', stepId: 'call-1', timestamp };
      const run = { runId: 'python-run-2', timestamp };
      lifecycle.emit({ ...run, type: 'run-start', ...support });
      lifecycle.emit({ ...step, type: 'step-start', name: 'search', kind: 'tool' });
      await passTick();
      lifecycle.emit({ ...step, type: 'step-end', output: 'hit' });
      lifecycle.emit({ ...run, type: 'run-end', status: 'completed', output: 'found' });
    },
    expected: completed({
      output: 'found',
      conversationSource: 'event.conversationId',
      wasOpenAtTick: true,
      children: [{ name: 'search', below: 'support-agent', kind: 'tool', output: 'hit' }],
    }),
  },
];
