import { expect } from 'vitest';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { EndingRow } from '../endings.ts';
import { agentOf, toolOf, usesOnce } from './agents.ts';
import { hangs, says, soon } from './fake-model.ts';
import { type Call, ended, outline, read, runnerFor, runs, streams } from './program.ts';

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

/** A call that is called off while its model answers. */
function abortedInModel(reason: unknown): Call {
  const controller = new AbortController();
  const agent = agentOf({
    script: [
      (request) => {
        controller.abort(reason);
        return hangs(request);
      },
    ],
  });
  return { agent, signal: controller.signal };
}

/** A call that is called off by its own tool. */
function abortedInTool(): Call {
  const controller = new AbortController();
  const stop = toolOf('stop', async () => {
    controller.abort();
    await soon();
    return 'stopped';
  });
  return { agent: usesOnce(stop), signal: controller.signal };
}

const slowTool = toolOf('wait', () => new Promise<string>(() => {}), {
  timeoutMs: 5,
  timeoutBehavior: 'raise_exception',
});

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
    run: runs(() => abortedInModel(reason)),
    check: (traces) => checkLevels(traces, ending === 'timeout' ? 'ERROR' : 'WARNING'),
  })),
  {
    ending: 'an abort inside a tool',
    call: 'rejects with an `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: runs(abortedInTool),
  },
  {
    ending: 'a signal that was aborted before the call',
    call: 'rejects with an `AbortError`',
    expected: [{ status: 'error', reason: 'aborted' }],
    run: runs(() => ({ agent: agentOf({ script: [hangs] }), signal: AbortSignal.abort() })),
  },
  {
    ending: 'a model call that takes too long (`modelSettings.timeoutMs`)',
    call: 'rejects with `ModelTimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: runs(() => ({
      agent: agentOf({ script: [hangs] }),
      config: { modelSettings: { timeoutMs: 5 } },
    })),
  },
  {
    ending: 'a tool that takes too long (`timeoutBehavior: "raise_exception"`)',
    call: 'rejects with `ToolTimeoutError`',
    expected: [{ status: 'error', reason: 'timeout' }],
    run: runs(() => ({ agent: usesOnce(slowTool) })),
  },
  {
    ending: 'a stream: an abort while it is read',
    call: 'the iterator ends quietly, `completed` resolves, `cancelled` is true',
    expected: [{ status: 'error', reason: 'aborted' }],
    async run(lifecycle) {
      const controller = new AbortController();
      const { signal } = controller;
      const agent = agentOf({ script: [says('one two three')] });
      const stream = await runnerFor(lifecycle).run(agent, 'q', { stream: true, signal });
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
    run: streams(() => abortedInModel(reason)),
  })),
  {
    ending: 'a stream: a signal that was aborted before the call',
    call: 'the iterator ends at once, `completed` resolves',
    expected: [{ status: 'error', reason: 'aborted' }],
    async run(lifecycle) {
      const signal = AbortSignal.abort();
      const agent = agentOf({ script: [says('hi')] });
      return ended(await runnerFor(lifecycle).run(agent, 'q', { stream: true, signal }));
    },
  },
];
