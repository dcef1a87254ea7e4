import { expect } from 'vitest';

import { completed, type EndingRow, suspended } from '../endings.ts';
import { mathServer, queryWith, read, replaying, typing } from './claude.ts';
import { session, withResult } from './recordings.ts';
import { inSession, type ReplayRow, toRow, treeOf } from './replay-row.ts';

const replays: readonly ReplayRow[] = [
  {
    ending: 'Claude answers',
    call: 'a `success` result; the loop ends',
    recording: 'tool',
    options: mathServer,
    expected: completed,
    check([trace]) {
      expect(trace?.root).toMatchObject({
        name: 'claude-agent',
        input: 'say hello',
        output: 'It is 5.',
        metadata: {
          framework: 'claude-agent-sdk',
          model: 'claude-opus-5-5',
          finish_reason: 'end_turn',
        },
      });
      expect(treeOf(trace)).toEqual([
        'GENERATION claude-opus-5-5',
        'GENERATION claude-opus-5-5',
        'TOOL mcp__math__add',
      ]);
    },
  },
  {
    ending: 'a tool throws and Claude goes on',
    call: 'a `success` result; the error went to the model',
    recording: 'tool-error',
    options: mathServer,
    expected: completed,
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'No such city.' });
      expect(treeOf(trace)).toContain('TOOL mcp__math__fail ERROR');
    },
  },
  {
    ending: 'a tool is not allowed by the permission rules',
    call: 'a `success` result with `permission_denials`',
    recording: 'denied',
    options: mathServer,
    expected: completed,
    check([trace]) {
      expect(JSON.stringify(trace?.root?.metadata['permission_denials'])).toContain('math__add');
      expect(treeOf(trace)).toContain('TOOL mcp__math__add WARNING');
    },
  },
  {
    ending: '`canUseTool` denies a tool',
    call: 'a `success` result with `permission_denials`',
    recording: 'denied-callback',
    options: () => ({
      ...mathServer(),
      canUseTool: async () => ({ behavior: 'deny', message: 'not today' }),
    }),
    expected: completed,
    check([trace]) {
      expect(treeOf(trace)).toContain('TOOL mcp__math__add WARNING');
    },
  },
  {
    ending: 'structured output',
    call: 'a `success` result with `structured_output`',
    recording: 'structured',
    expected: completed,
    check([trace]) {
      expect(trace?.root?.output).toEqual({ answer: 5 });
    },
  },
  {
    ending: 'an answer that its token limit cut (`stop_reason: max_tokens`)',
    call: 'a `success` result',
    recording: () => withResult('success', { stop_reason: 'max_tokens' }),
    expected: { status: 'completed', reason: 'length' },
  },
  {
    ending: 'a hook stops the loop (`continue: false`)',
    call: 'a `success` result with an empty text',
    recording: 'hook-stops',
    options: () => ({
      ...mathServer(),
      hooks: { PreToolUse: [{ hooks: [async () => ({ continue: false })] }] },
    }),
    expected: { status: 'completed', reason: 'stop_condition' },
    check([trace]) {
      expect(trace?.root).toMatchObject({
        output: 'Let me look.',
        metadata: { terminal_reason: 'hook_stopped' },
      });
    },
  },
  {
    ending: 'a hook defers a tool call to a person',
    call: 'a `success` result with `deferred_tool_use`',
    recording: 'hook-defer',
    options: () => ({
      ...mathServer(),
      hooks: { PreToolUse: [{ hooks: [async () => ({})] }] },
    }),
    expected: suspended('approval_required'),
    check([trace]) {
      expect(trace?.root?.output).toEqual({
        pending: [{ id: 'toolu_01', name: 'mcp__math__add', input: { a: 2, b: 3 } }],
      });
      expect(treeOf(trace)).toContain('TOOL mcp__math__add');
    },
  },
  {
    ending: 'hooks look on',
    call: 'a `success` result',
    recording: 'hooks',
    options: () => ({
      ...mathServer(),
      hooks: {
        PreToolUse: [{ hooks: [async () => ({})] }],
        PostToolUse: [{ hooks: [async () => ({})] }],
        Stop: [{ hooks: [async () => ({})] }],
      },
    }),
    expected: completed,
  },
  {
    ending: 'a subagent (the Task tool)',
    call: 'a `success` result; the subagent’s messages have `parent_tool_use_id`',
    recording: 'subagent',
    options: mathServer,
    expected: completed,
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'AGENT helper',
        'GENERATION claude-opus-5-5',
        'GENERATION claude-opus-5-5',
        'helper > GENERATION claude-haiku-5-5',
        'helper > GENERATION claude-haiku-5-5',
        'helper > TOOL mcp__math__add',
      ]);
      // What Langfuse adds up is the cost that the SDK told, once.
      const costs = trace?.observations.map(({ costDetails }) => costDetails['total'] ?? 0) ?? [];
      expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeCloseTo(0.0017551, 12);
    },
  },
  {
    ending: 'a subagent in the background',
    call: 'two `success` results; the second has the answer',
    recording: 'background',
    options: mathServer,
    expected: completed,
    check([trace]) {
      expect(trace?.root?.output).toBe('The helper says 5.');
      expect(treeOf(trace)).toContain('AGENT helper');
    },
  },
  {
    ending: 'a session is resumed (`options.resume`)',
    call: 'a `success` result of the same session',
    recording: 'resume-2',
    options: () => ({ resume: session }),
    conversation: { id: session, source: 'claude.resume' },
    expected: completed,
  },
  {
    ending: 'a session is forked (`resume` with `forkSession`)',
    call: 'a `success` result of a new session',
    recording: 'resume-fork',
    options: () => ({ resume: '30501d29-6564-49dd-8ceb-cb475d77993f', forkSession: true }),
    expected: completed,
  },
  {
    ending: 'the session id is given (`options.sessionId`)',
    call: 'a `success` result of that session',
    recording: 'session-id',
    options: () => ({ sessionId: '22222222-2222-4222-8222-222222222222' }),
    conversation: {
      id: '22222222-2222-4222-8222-222222222222',
      source: 'claude.session_id_option',
    },
    expected: completed,
  },
];

/** Endings in which the query gives a result that is no error. */
export const outcomeRows: readonly EndingRow[] = [
  ...replays.map(toRow),
  {
    ending: 'streaming input of two turns',
    call: 'a `success` result for each turn; one run, with the last result',
    expected: [inSession(completed)],
    run(lifecycle) {
      const { prompt, next } = typing('first', 'second');
      const query = queryWith(lifecycle);
      return read(query({ prompt, options: replaying('two-turns') }), ({ type }) => {
        if (type === 'result') next();
      });
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ input: 'first', output: 'answer 1' });
      expect(treeOf(trace)).toEqual([
        'EVENT user-message',
        'GENERATION claude-opus-5-5',
        'GENERATION claude-opus-5-5',
      ]);
    },
  },
  {
    ending: 'the reader stops at the result',
    call: 'leaves the loop with `break` once the result is there',
    expected: [inSession(completed)],
    run(lifecycle) {
      const query = queryWith(lifecycle);
      const options = replaying('tool', mathServer());
      return read(query({ prompt: 'say hello', options }), ({ type }) => type === 'result');
    },
    check([trace]) {
      expect(trace?.root?.output).toBe('It is 5.');
    },
  },
];
