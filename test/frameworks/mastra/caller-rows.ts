import { createTool } from '@mastra/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Agent } from '@mastra/core/agent';
import { completed, type EndingRow, failed } from '../endings.ts';
import { createWorld, generated, generating, supportAgent } from './mastra-world.ts';
import { named } from './observations.ts';
import { calls, hangs, opens, says, scriptedModel } from './scripted-model.ts';

/** A tool that gives up because the caller aborted. */
function givingUp(controller: AbortController, reason?: Error) {
  return createTool({
    id: 'slow',
    description: 'takes its time',
    inputSchema: z.object({}),
    execute: async () => {
      controller.abort(reason);
      throw controller.signal.reason;
    },
  });
}

/** The program of rows whose agent or model aborts the call itself. */
function aborting(make: (controller: AbortController) => Agent): EndingRow['run'] {
  return (lifecycle) => {
    const controller = new AbortController();
    const agent = make(controller);
    createWorld(lifecycle, { agent });
    return generated(agent, { abortSignal: controller.signal });
  };
}

function late(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

// Held, because the garbage collector would end their runs as abandoned.
const unread: unknown[] = [];

/** What the caller does to a run: aborts, timeouts, streams that are left. */
export const callerRows: readonly EndingRow[] = [
  {
    ending: 'the caller aborts while the model works',
    call: 'resolves with `aborted`',
    expected: [failed('aborted')],
    run: aborting((controller) => supportAgent(scriptedModel(hangs(() => controller.abort())))),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        output: { error: { type: 'AbortError' } },
      });
    },
  },
  {
    ending: 'the caller aborts while the model streams',
    call: 'an `abort` chunk, finish reason `aborted`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const controller = new AbortController();
      const agent = supportAgent(
        scriptedModel(
          ({ abortSignal }) =>
            new ReadableStream({
              start(stream) {
                for (const part of opens('sun')) stream.enqueue(part);
                abortSignal?.addEventListener('abort', () => stream.error(abortSignal.reason));
              },
            }),
        ),
      );
      createWorld(lifecycle, { agent });
      const stream = await agent.stream('hi', { abortSignal: controller.signal });
      const chunks: string[] = [];
      for await (const { type } of stream.fullStream) {
        chunks.push(type);
        if (type === 'text-delta') controller.abort();
      }
      return chunks;
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'sun' });
    },
  },
  {
    ending: 'the caller aborts before the call',
    call: 'resolves with `aborted`',
    expected: [failed('aborted')],
    run: generating(() => supportAgent(scriptedModel(says('never'))), {
      abortSignal: AbortSignal.abort(),
    }),
  },
  {
    ending: 'the caller aborts while a tool works',
    call: 'resolves with `tool-calls`',
    expected: [failed('aborted')],
    run: aborting((controller) =>
      supportAgent(scriptedModel(calls(['slow', {}]), says('never')), {
        tools: { slow: givingUp(controller) },
      }),
    ),
    check([trace]) {
      expect(trace?.root?.level).toBe('WARNING');
      expect(named(trace, 'slow')).toMatchObject([{ level: 'WARNING' }]);
    },
  },
  {
    ending: 'a timeout signal fires while a tool works',
    call: 'resolves with `tool-calls`',
    expected: [failed('timeout')],
    run: aborting((controller) =>
      supportAgent(scriptedModel(calls(['slow', {}]), says('never')), {
        tools: { slow: givingUp(controller, late()) },
      }),
    ),
  },
  {
    ending: 'a timeout signal fires while the model works',
    call: 'resolves with `aborted`; Mastra does not tell why',
    expected: [failed('aborted')],
    run: aborting((controller) =>
      supportAgent(scriptedModel(hangs(() => controller.abort(late())))),
    ),
  },
  {
    ending: 'the reader breaks off the stream',
    call: '`break`; Mastra goes on to the end',
    expected: [completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      let finish = (): void => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const stream = await agent.stream('hi', { onFinish: () => finish() });
      for await (const { type } of stream.fullStream) if (type === 'text-delta') break;
      await finished;
      return 'left';
    },
    check([trace]) {
      expect(trace?.root?.output).toBe('sunny');
    },
  },
  {
    ending: 'the stream is never read, and the lifecycle is shut down',
    call: 'nothing; Mastra never ends the run',
    expected: [failed('never_ended')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      const stream = await agent.stream('hi');
      unread.push(stream);
      return stream.status;
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'hi', level: 'ERROR' });
    },
  },
];
