import { Agent, tool } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { EndingRow } from '../endings.ts';
import { calls, hangs, type ModelStep, says, scriptedModel, soon } from './fake-model.ts';
import { ended, outline, read, runnerFor, seen } from './program.ts';

/** Every way in which a caller says why it stops. */
const reasons = [
  { why: '', call: 'an `AbortError`', reason: undefined, ending: 'aborted' },
  {
    why: ' with a reason of its own',
    call: 'that reason',
    reason: new Error('the user left'),
    ending: 'aborted',
  },
  {
    why: ' by a timeout (`AbortSignal.timeout`)',
    call: 'a `TimeoutError`',
    reason: new DOMException('too late', 'TimeoutError'),
    ending: 'timeout',
  },
] as const;

const agentOf = (...steps: readonly ModelStep[]): Agent =>
  new Agent({ name: 'support', model: scriptedModel(steps) });

/** What was going on is as serious as the ending of the run. */
function checkLevels([trace]: readonly FakeTrace[], level: string): void {
  expect(outline(trace)).toEqual([
    `AGENT support ${level}`,
    `  AGENT support ${level}`,
    `    GENERATION generation ${level}`,
  ]);
}

export const abortRows: readonly EndingRow[] = [
  ...reasons.map(({ why, call, reason, ending }): EndingRow => ({
    ending: `an abort${why}, while the model answers`,
    call: `rejects with ${call}`,
    expected: [{ status: 'error', reason: ending }],
    run(lifecycle) {
      const controller = new AbortController();
      const agent = agentOf((request) => {
        controller.abort(reason);
        return hangs(request);
      });
      return seen(runnerFor(lifecycle).run(agent, 'q', { signal: controller.signal }));
    },
    check: (traces) => checkLevels(traces, ending === 'timeout' ? 'ERROR' : 'WARNING'),
  })),
  {
    ending: 'an abort inside a tool',
    call: 'rejects with an `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run(lifecycle) {
      const controller = new AbortController();
      const stop = tool({
        name: 'stop',
        description: 'stops',
        parameters: z.object({}),
        async execute() {
          controller.abort();
          await soon();
          return 'stopped';
        },
      });
      const agent = new Agent({
        name: 'support',
        model: scriptedModel([calls('stop')]),
        tools: [stop],
      });
      return seen(runnerFor(lifecycle).run(agent, 'q', { signal: controller.signal }));
    },
  },
  {
    ending: 'a signal that was aborted before the call',
    call: 'rejects with an `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: (lifecycle) =>
      seen(runnerFor(lifecycle).run(agentOf(hangs), 'q', { signal: AbortSignal.abort() })),
  },
  {
    ending: 'a model call that takes too long (`modelSettings.timeoutMs`)',
    call: 'rejects with `ModelTimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: (lifecycle) =>
      seen(runnerFor(lifecycle, { modelSettings: { timeoutMs: 5 } }).run(agentOf(hangs), 'q')),
  },
  {
    ending: 'a tool that takes too long (`timeoutBehavior: "raise_exception"`)',
    call: 'rejects with `ToolTimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run(lifecycle) {
      const wait = tool({
        name: 'wait',
        description: 'waits',
        parameters: z.object({}),
        timeoutMs: 5,
        timeoutBehavior: 'raise_exception',
        execute: () => new Promise<string>(() => {}),
      });
      const agent = new Agent({
        name: 'support',
        model: scriptedModel([calls('wait')]),
        tools: [wait],
      });
      return seen(runnerFor(lifecycle).run(agent, 'q'));
    },
  },
  {
    ending: 'a stream: an abort while it is read',
    call: 'the iterator ends quietly, `completed` resolves, `cancelled` is true',
    expected: [{ status: 'error', reason: 'aborted' }],
    async run(lifecycle) {
      const controller = new AbortController();
      const { signal } = controller;
      const stream = await runnerFor(lifecycle).run(agentOf(says('one two three')), 'q', {
        stream: true,
        signal,
      });
      return await read(stream, (chunks) => {
        if (chunks.length === 2) controller.abort();
        return true;
      });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'WARNING' });
    },
  },
  ...reasons.map(({ why, reason, ending }): EndingRow => ({
    ending: `a stream: an abort${why}, while the model answers`,
    call:
      reason === undefined
        ? 'the iterator ends quietly, `completed` resolves'
        : 'the iterator ends quietly, `completed` rejects with the reason',
    expected: [{ status: 'error', reason: ending }],
    async run(lifecycle) {
      const controller = new AbortController();
      const agent = agentOf((request) => {
        controller.abort(reason);
        return hangs(request);
      });
      const { signal } = controller;
      return await read(await runnerFor(lifecycle).run(agent, 'q', { stream: true, signal }));
    },
  })),
  {
    ending: 'a stream: a signal that was aborted before the call',
    call: 'the iterator ends at once, `completed` resolves',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: async (lifecycle) =>
      ended(
        await runnerFor(lifecycle).run(agentOf(says('hi')), 'q', {
          stream: true,
          signal: AbortSignal.abort(),
        }),
      ),
  },
];
