import { spawn } from 'node:child_process';

import type { Options, SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { expect } from 'vitest';

import { adapterPort } from '../../../adapters/index.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { type EndingRow, failed } from '../endings.ts';
import { mathServer, queryWith, read, replaying, typing } from './claude.ts';
import { inSession, toRow } from './replay-row.ts';

/** Endings that the caller chose. */
export const departureRows: readonly EndingRow[] = [
  {
    ending: 'the controller was aborted before',
    call: '`query()` throws `AbortError`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      const query = queryWith(lifecycle);
      const abortController = new AbortController();
      abortController.abort();
      try {
        return await read(
          query({ prompt: 'say hello', options: replaying('success', { abortController }) }),
        );
      } catch (error) {
        return `query() threw ${String(error)}`;
      }
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'WARNING', input: 'say hello' });
    },
  },
  {
    ending: 'the controller is aborted in the middle',
    call: 'the loop throws `AbortError`',
    expected: [inSession(failed('aborted'))],
    run(lifecycle) {
      const query = queryWith(lifecycle);
      const abortController = new AbortController();
      const options = replaying('abort-during', { abortController, includePartialMessages: true });
      return read(query({ prompt: 'say hello', options }), ({ type }) => {
        if (type === 'assistant') abortController.abort();
      });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: expect.stringMatching(/aborted/),
        output: { partialOutput: 'Half an ans' },
      });
    },
  },
  {
    ending: 'the controller is aborted because time is up',
    call: 'the loop throws `AbortError`',
    expected: [inSession(failed('timeout'))],
    run(lifecycle) {
      const query = queryWith(lifecycle);
      const abortController = new AbortController();
      const options = replaying('abort-during', { abortController });
      return read(query({ prompt: 'say hello', options }), ({ type }) => {
        if (type === 'assistant') {
          abortController.abort(new DOMException('30 s are over', 'TimeoutError'));
        }
      });
    },
  },
  {
    ending: '`interrupt()` while Claude answers',
    call: 'an `error_during_execution` result with `aborted_streaming`; the loop throws when the input ends',
    expected: [inSession(failed('aborted'))],
    run(lifecycle) {
      const { prompt, next } = typing('go');
      const options = replaying('interrupt-streaming', { includePartialMessages: true });
      const query = queryWith(lifecycle)({ prompt, options });
      return read(query, ({ type }) => {
        if (type === 'assistant') void query.interrupt();
        if (type === 'result') next();
      });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        input: 'go',
        output: { partialOutput: 'Half an ans' },
        metadata: { terminal_reason: 'aborted_streaming' },
      });
    },
  },
  {
    ending: '`interrupt()` while a tool works',
    call: 'an `error_during_execution` result with `aborted_tools`; the loop throws when the input ends',
    expected: [inSession(failed('aborted'))],
    run(lifecycle) {
      const { prompt, next } = typing('go');
      const options = replaying('interrupt-tools');
      const query = queryWith(lifecycle)({ prompt, options });
      let blocks = 0;
      return read(query, ({ type }) => {
        if (type === 'assistant') blocks += 1;
        if (type === 'assistant' && blocks === 2) void query.interrupt();
        if (type === 'result') next();
      });
    },
    check([trace]) {
      const tool = trace?.observations.find(({ type }) => type === 'TOOL');
      expect(tool).toMatchObject({ name: 'mcp__slow__wait', level: 'WARNING' });
    },
  },
  toRow({
    ending: '`canUseTool` denies a tool with `interrupt: true`',
    call: 'an `error_during_execution` result with `aborted_tools`, then the loop throws',
    recording: 'denied-interrupt',
    options: () => ({
      ...mathServer(),
      canUseTool: async () => ({ behavior: 'deny', message: 'stop it all', interrupt: true }),
    }),
    expected: failed('aborted'),
  }),
  {
    ending: 'the streaming input throws',
    call: 'the loop throws `AbortError`, whatever the input threw',
    expected: [failed('exception')],
    run(lifecycle) {
      const next = (): Promise<never> => Promise.reject(new Error('the queue is gone'));
      const prompt: AsyncIterable<SDKUserMessage> = { [Symbol.asyncIterator]: () => ({ next }) };
      return read(queryWith(lifecycle)({ prompt, options: replaying('two-turns') }));
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'ERROR', statusMessage: 'the queue is gone' });
    },
  },
  {
    ending: 'the reader breaks off',
    call: 'leaves the loop with `break`',
    expected: [inSession(failed('stream_abandoned'))],
    run(lifecycle) {
      const query = queryWith(lifecycle);
      const options = replaying('break');
      return read(query({ prompt: 'say hello', options }), ({ type }) => type === 'assistant');
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'WARNING',
        statusMessage: 'the reader stopped after 2 chunks',
        output: { partialOutput: 'Let me look.' },
      });
    },
  },
  {
    ending: '`return()` before anything was read',
    call: 'the query is done',
    expected: [failed('stream_abandoned')],
    run: (lifecycle) =>
      queryWith(lifecycle)({ prompt: 'say hello', options: replaying('break') }).return(),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('the stream was closed unread');
    },
  },
  {
    ending: '`close()` in the middle',
    call: 'the loop ends without a result',
    expected: [inSession(failed('aborted'))],
    run(lifecycle) {
      const query = queryWith(lifecycle)({ prompt: 'say hello', options: replaying('break') });
      return read(query, ({ type }) => {
        if (type === 'assistant') query.close();
      });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'the query was closed',
        output: { partialOutput: 'Let me look.' },
      });
    },
  },
  {
    ending: 'a query that nobody reads',
    call: 'nothing',
    expected: [failed('stream_abandoned')],
    async run(lifecycle) {
      let runId: string | undefined;
      const leave = (): void => {
        const options: Options = {
          ...replaying('success'),
          // It is called inside the run, and starts the process as the SDK would.
          spawnClaudeCodeProcess({ command, args, cwd, env, signal }) {
            runId = lifecycle?.currentRun()?.runId;
            return spawn(command, args, { cwd, env, signal, stdio: ['pipe', 'pipe', 'ignore'] });
          },
        };
        queryWith(lifecycle)({ prompt: 'say hello', options });
      };
      leave();
      if (lifecycle !== undefined) {
        const port = adapterPort(lifecycle);
        await collectGarbageUntil(() => runId !== undefined && !port.isOpen(runId));
      }
      return 'nothing';
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        input: 'say hello',
        statusMessage: 'nobody read the stream',
      });
    },
  },
];
