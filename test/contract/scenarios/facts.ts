import { traceIdFromSeed } from '../../../adapters/index.ts';
import { completed, failed, type Scenario, support, survive, withFixedStack } from '../scenario.ts';

// Put together at run time: written out, it would set off every scanner that reads this repository.
const secret = ['sk', 'proj', 'aB3dE5gH7jK9mN1pQ4sT6vW8xY2zC0fGaB3dE5gH'].join('-');
const earlierRunId = 'e'.repeat(32);

/** What a run may say of itself besides its ending. */
export const facts: readonly Scenario[] = [
  {
    name: 'suspended',
    async run(lifecycle, { pass }) {
      await lifecycle.run(support, async (run) => {
        await run.step({ name: 'plan', kind: 'generation', model: 'gpt-5' }, () => pass(10));
        run.suspend([{ tool: 'refund', input: { amount: 20 } }], { reason: 'approval_required' });
      });
    },
    expected: completed({
      status: 'suspended',
      reason: 'approval_required',
      output: { pending: [{ tool: 'refund', input: { amount: 20 } }] },
      children: [{ name: 'plan', below: 'support-agent', kind: 'generation' }],
    }),
  },
  {
    name: 'resumed',
    run(lifecycle) {
      lifecycle.run({ ...support, resumeOf: earlierRunId }, () => 'Refunded.');
    },
    expected: completed({ output: 'Refunded.', metadata: { resume_of: earlierRunId } }),
  },
  {
    name: 'retried',
    run(lifecycle) {
      lifecycle.run({ ...support, retryOf: earlierRunId }, () => 'Found this time.');
    },
    expected: completed({ output: 'Found this time.', metadata: { retry_of: earlierRunId } }),
  },
  {
    name: 'trace-seed',
    run(lifecycle) {
      lifecycle.run({ ...support, traceSeed: 'order-4711' }, (run) =>
        run.step({ name: 'look-up', kind: 'tool' }, () => 'done'),
      );
    },
    expected: completed({
      output: 'done',
      traceId: traceIdFromSeed('order-4711'),
      children: [{ name: 'look-up', below: 'support-agent', kind: 'tool' }],
    }),
  },
  {
    name: 'trace-facts',
    sinkOptions: { environment: 'staging', release: 'r-42' },
    async run(lifecycle, { pass }) {
      await lifecycle.run(
        {
          ...support,
          kind: 'chain',
          userId: 'user-1',
          tags: ['beta', 'mail'],
          version: '2.1.0',
          maxIterations: 8,
          metadata: { tenant: 'acme', plan: { seats: 3 } },
        },
        (run) => run.step({ name: 'look-up', kind: 'tool' }, () => pass(10)),
      );
    },
    expected: completed({
      kind: 'chain',
      output: '[no output]',
      metadata: { tenant: 'acme', plan: { seats: 3 }, max_iterations: 8 },
      trace: { userId: 'user-1', tags: ['beta', 'mail'], version: '2.1.0' },
      children: [{ name: 'look-up', below: 'support-agent', kind: 'tool' }],
    }),
  },
  {
    name: 'run-update',
    async run(lifecycle, { pass }) {
      await lifecycle.run(
        { ...support, tags: ['mail'], metadata: { tenant: 'acme' } },
        async (run) => {
          run.step({ name: 'look-up', kind: 'tool' }, () => 'depot');
          await pass(10);
          run.update({
            userId: 'user-1',
            tags: ['vip'],
            version: '2.1.0',
            metadata: { route: 'b' },
            output: 'It is at',
          });
        },
      );
    },
    expected: completed({
      output: 'It is at',
      metadata: { tenant: 'acme', route: 'b' },
      trace: { userId: 'user-1', tags: ['mail', 'vip'], version: '2.1.0' },
      children: [{ name: 'look-up', below: 'support-agent', kind: 'tool' }],
    }),
  },
  {
    name: 'unicode',
    run(lifecycle) {
      lifecycle.run(
        {
          name: 'Paket-Agent 📦\uD83D',
          input: { 'fráge\uDC00': 'Wo ist 包裹 📦\uD800?' },
          conversationId: 'chat-7',
          userId: 'Zoë\uD800',
          tags: ['ñ\uDC00'],
          metadata: { 'key\uD800': 'value\uDC00' },
        },
        (run) => run.step({ name: 'suche\uDC00', kind: 'tool' }, () => '📦\uD83D'),
      );
    },
    expected: completed({
      name: 'Paket-Agent 📦\uFFFD',
      input: { 'fráge\uFFFD': 'Wo ist 包裹 📦\uFFFD?' },
      output: '📦\uFFFD',
      metadata: { 'key\uFFFD': 'value\uFFFD' },
      trace: { userId: 'Zoë\uFFFD', tags: ['ñ\uFFFD'] },
      children: [
        { name: 'suche\uFFFD', below: 'Paket-Agent 📦\uFFFD', kind: 'tool', output: '📦\uFFFD' },
      ],
    }),
  },
  {
    name: 'secrets',
    async run(lifecycle, { pass }) {
      await survive(() =>
        lifecycle.run(
          {
            ...support,
            input: { question: `Use ${secret}`, apiKey: secret },
            metadata: { password: secret },
          },
          async (run) => {
            run.step(
              {
                name: 'call',
                kind: 'tool',
                input: { headers: { authorization: `Bearer ${secret}` } },
              },
              () => secret,
            );
            await pass(10);
            throw withFixedStack(new Error(`401 for ${secret}`));
          },
        ),
      );
    },
    expected: failed({
      input: { question: 'Use [redacted]', apiKey: '[redacted]' },
      reason: 'exception',
      statusMessage: '401 for [redacted]',
      output: { error: { type: 'Error', message: '401 for [redacted]', reason: 'exception' } },
      metadata: { password: '[redacted]' },
      children: [{ name: 'call', below: 'support-agent', kind: 'tool', output: '[redacted]' }],
    }),
  },
  {
    name: 'emitted-events',
    run(lifecycle) {
      const runId = 'python-run-1';
      const at = (second: number): string => `2026-11-23T10:00:0${second}.000Z`;
      for (const event of [
        {
          type: 'run-start',
          runId,
          name: 'support-agent',
          input: support.input,
          conversationId: 'chat-7',
          framework: 'crew',
          timestamp: at(0),
        },
        {
          type: 'step-start',
          runId,
          stepId: 'call-1',
          name: 'search',
          kind: 'tool',
          timestamp: at(1),
        },
        { type: 'step-end', runId, stepId: 'call-1', output: ['hit'], timestamp: at(2) },
        {
          type: 'step-end',
          runId,
          stepId: 'call-2',
          name: 'only-ended',
          kind: 'tool',
          parentStepId: 'call-1',
          startTime: Date.parse(at(1)),
          timestamp: at(2),
        },
        {
          type: 'run-end',
          runId,
          status: 'completed',
          reason: 'length',
          output: 'found',
          timestamp: at(3),
        },
      ]) {
        lifecycle.emit(event);
      }
    },
    expected: completed({
      reason: 'length',
      output: 'found',
      conversationSource: 'event.conversationId',
      metadata: { framework: 'crew' },
      traceId: traceIdFromSeed('python-run-1'),
      children: [
        { name: 'search', below: 'support-agent', kind: 'tool', output: ['hit'] },
        { name: 'only-ended', below: 'search', kind: 'tool' },
      ],
    }),
  },
];
