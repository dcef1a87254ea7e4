import { expect } from 'vitest';

import type { EndingRow } from '../endings.ts';
import { fatalTool, support, tripwire, usesOnce } from './agents.ts';
import { calls, says } from './fake-model.ts';
import { completed, ended, outline, runnerFor, streams } from './program.ts';

const stream = { stream: true } as const;

const abandoned = [{ status: 'error', reason: 'stream_abandoned' }] as const;

export const streamRows: readonly EndingRow[] = [
  {
    ending: 'a stream: success',
    call: 'chunks, then `completed` resolves',
    expected: completed,
    run: streams(() => ({ agent: support(calls('add', { number: 1 }), says('one two three')) })),
    check([trace]) {
      expect(trace?.root?.output).toBe('one two three');
      expect(outline(trace)).toEqual([
        'AGENT support DEFAULT',
        '  AGENT support DEFAULT',
        '    GENERATION generation DEFAULT',
        '    TOOL add DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'a stream: read as text (`toTextStream`)',
    call: 'texts',
    expected: completed,
    async run(lifecycle) {
      const result = await runnerFor(lifecycle).run(support(says('one two')), 'q', stream);
      const texts: string[] = [];
      for await (const text of result.toTextStream()) texts.push(text);
      return { texts, ...(await ended(result)) };
    },
  },
  {
    ending: 'a stream: nobody reads it',
    call: 'it runs to its end',
    expected: completed,
    run: async (lifecycle) =>
      ended(await runnerFor(lifecycle).run(support(says('one two')), 'q', stream)),
    check([trace]) {
      expect(trace?.root?.output).toBe('one two');
    },
  },
  {
    ending: 'a stream: its reader breaks',
    call: '`completed` resolves, `cancelled` is true',
    expected: abandoned,
    run: streams(
      () => ({ agent: support(says('one two three')) }),
      (chunks) => chunks.length < 2,
    ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: 'the reader stopped before the run came to its end',
      });
    },
  },
  {
    ending: 'a stream: its reader leaves before the first chunk',
    call: '`completed` resolves, `cancelled` is true',
    expected: abandoned,
    async run(lifecycle) {
      const result = await runnerFor(lifecycle).run(support(says('one two')), 'q', stream);
      const iterator = result[Symbol.asyncIterator]();
      await iterator.return?.();
      return await ended(result);
    },
  },
  {
    ending: 'a stream: its reader breaks when the output is there',
    call: '`completed` resolves, `cancelled` is true',
    expected: completed,
    run: streams(
      () => ({ agent: support(says('one two three')) }),
      (chunks) => !JSON.stringify(chunks).includes('message_output_created'),
    ),
  },
  {
    ending: 'a stream: the model fails',
    call: 'the iterator throws, `completed` rejects',
    expected: [{ status: 'error', reason: 'exception' }],
    run: streams(() => ({ agent: support(new Error('no GPU')) })),
  },
  {
    ending: 'a stream: a tool throws, with `errorFunction: null`',
    call: 'the iterator throws, `completed` rejects',
    expected: [{ status: 'error', reason: 'tool_error' }],
    run: streams(() => ({ agent: usesOnce(fatalTool) })),
  },
  {
    ending: 'a stream: `maxTurns` is reached',
    call: 'the iterator throws, `completed` rejects',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: streams(() => ({ agent: support(calls('add', { number: 1 })), maxTurns: 1 })),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        react: { iterations: 1, maxIterations: 1, toolsUsed: ['add'] },
      });
    },
  },
  {
    ending: 'a stream: `maxTurns` is reached, with `errorHandlers.maxTurns`',
    call: "`completed` resolves, the output is the handler's",
    expected: [{ status: 'completed', reason: 'fallback' }],
    run: streams(() => ({
      agent: support(calls('add', { number: 1 })),
      maxTurns: 1,
      errorHandlers: { maxTurns: () => ({ finalOutput: 'I ran out of turns.' }) },
    })),
  },
  {
    ending: 'a stream: an output guardrail trips',
    call: 'the iterator throws, `completed` rejects',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: streams(() => ({
      agent: support(says('ten euros')),
      config: { outputGuardrails: [tripwire('no prices')] },
    })),
  },
];
