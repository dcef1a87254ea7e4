import { expect } from 'vitest';

import { type EndingRow, failed } from '../endings.ts';
import { mathServer, queryWith, read, replaying } from './claude.ts';
import { withoutResult, withResult } from './recordings.ts';
import { type ReplayRow, toRow, treeOf } from './replay-row.ts';

const replays: readonly ReplayRow[] = [
  {
    ending: '`maxTurns` is reached',
    call: 'an `error_max_turns` result, then the loop throws',
    recording: 'max-turns',
    options: () => ({ ...mathServer(), maxTurns: 2 }),
    expected: failed('max_iterations'),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'Reached maximum number of turns (2)',
        output: {
          error: { type: 'error_max_turns', reason: 'max_iterations' },
          partialOutput: 'Let me look.',
          react: {
            iterations: 2,
            maxIterations: 2,
            toolsUsed: ['mcp__math__add', 'mcp__math__add'],
            lastObservation: '4',
          },
        },
      });
    },
  },
  {
    ending: '`maxBudgetUsd` is spent',
    call: 'an `error_max_budget_usd` result, then the loop throws',
    recording: 'budget',
    options: () => ({ ...mathServer(), maxBudgetUsd: 0.0005 }),
    expected: failed('max_iterations'),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'Reached maximum budget ($0.0005)',
        metadata: { terminal_reason: 'budget_exhausted' },
      });
      expect(trace?.root?.output).not.toHaveProperty('react');
    },
  },
  {
    ending: 'structured output never fits its schema',
    call: 'an `error_max_structured_output_retries` result, then the loop throws',
    recording: 'structured-exhausted',
    expected: failed('invalid_output'),
  },
  {
    ending: 'the API refuses the first call',
    call: 'a `success` result with `is_error`, then the loop throws',
    recording: 'api-400',
    expected: failed('model_error'),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'API Error: 400 bad request',
        output: { error: { type: 'api_error', code: 400 } },
      });
      expect(treeOf(trace)).toEqual(['GENERATION claude-opus-5-5 ERROR']);
    },
  },
  {
    ending: 'the API fails in the middle',
    call: 'a `success` result with `is_error`, then the loop throws',
    recording: 'api-late',
    options: mathServer,
    expected: failed('model_error'),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ partialOutput: 'Let me look.' });
      expect(treeOf(trace)).toEqual([
        'GENERATION claude-opus-5-5',
        'GENERATION claude-opus-5-5 ERROR',
        'TOOL mcp__math__add',
      ]);
    },
  },
  {
    ending: 'the prompt is too long',
    call: 'a `success` result with `is_error`, then the loop throws',
    recording: 'prompt-too-long',
    expected: failed('invalid_input'),
  },
  {
    ending: 'the answer meets its token limit again and again',
    call: 'a `success` result with `is_error`, then the loop throws',
    recording: 'max-tokens',
    expected: failed('model_error'),
    check([trace]) {
      const failed = trace?.observations.find(
        ({ metadata }) => metadata['finish_reason'] === 'max_tokens',
      );
      expect(failed).toMatchObject({ type: 'GENERATION', level: 'ERROR' });
    },
  },
  {
    ending: 'the model refuses (`stop_reason: refusal`)',
    call: 'a `success` result with `is_error`, then the loop throws',
    recording: 'refusal',
    expected: failed('content_filter'),
    check([trace]) {
      const refused = trace?.observations.filter(
        ({ type, metadata }) => type === 'GENERATION' && metadata['finish_reason'] === 'refusal',
      );
      expect(refused?.map(({ level }) => level)).toEqual(['DEFAULT', 'ERROR']);
    },
  },
  {
    ending: 'a `UserPromptSubmit` hook blocks the prompt',
    call: 'a `success` result with the reason as its text',
    recording: 'prompt-blocked',
    options: () => ({
      hooks: {
        UserPromptSubmit: [
          { hooks: [async () => ({ decision: 'block' as const, reason: 'no secrets please' })] },
        ],
      },
    }),
    expected: failed('guardrail'),
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('no secrets please');
    },
  },
  {
    ending: 'the session to resume does not exist',
    call: 'an `error_during_execution` result, then the loop throws',
    recording: 'bad-resume',
    options: () => ({ resume: '11111111-1111-4111-8111-111111111111' }),
    conversation: { id: '11111111-1111-4111-8111-111111111111', source: 'claude.resume' },
    expected: failed('exception'),
  },
  {
    ending: 'a tool that was deferred is gone',
    call: 'an `error_during_execution` result, then the loop throws',
    recording: () =>
      withResult('bad-resume', { terminal_reason: 'tool_deferred_unavailable', session_id: 's' }),
    conversation: { id: 's', source: 'claude.session_id' },
    expected: failed('tool_error'),
  },
  {
    ending: 'Claude Code is killed (SIGKILL)',
    call: 'the loop throws',
    recording: 'kill',
    expected: failed('exception'),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'Claude Code process terminated by signal SIGKILL',
        output: { partialOutput: 'Half' },
      });
    },
  },
  {
    ending: 'Claude Code exits with code 1 and without a result',
    call: 'the loop throws',
    recording: () => withoutResult('success', 1),
    expected: failed('exception'),
    check([trace]) {
      expect(trace?.root?.statusMessage).toContain('exited with code 1');
    },
  },
  {
    ending: 'Claude Code goes without a word',
    call: 'the loop ends without a result',
    recording: () => withoutResult('success', 0),
    expected: failed('never_ended'),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        statusMessage: 'Claude Code ended without a result',
        output: { partialOutput: 'Hello there, human being.' },
      });
    },
  },
];

/** Endings in which Claude Code fails, or comes to a limit. */
export const failureRows: readonly EndingRow[] = [
  ...replays.map(toRow),
  {
    ending: 'Claude Code is not installed',
    call: 'the loop throws',
    expected: [failed('exception')],
    run(lifecycle) {
      const query = queryWith(lifecycle);
      const options = {
        ...replaying('success'),
        pathToClaudeCodeExecutable: '/nowhere/claude',
      };
      return read(query({ prompt: 'say hello', options }));
    },
  },
];
