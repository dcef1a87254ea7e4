import { Agent } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';

import type { EndingRow } from '../endings.ts';
import { calls, refuses, says, scriptedModel } from './fake-model.ts';
import { completed, fatalTool, outline, runnerFor, seen, support } from './program.ts';

/** An error as the openai package throws it. */
class APIError extends Error {
  override readonly name = 'APIError';
  readonly status = 429;
}

const weather = z.object({ city: z.string(), degrees: z.number() });

export const generateRows: readonly EndingRow[] = [
  {
    ending: 'success',
    call: 'resolves',
    expected: completed,
    run: (lifecycle) =>
      seen(runnerFor(lifecycle).run(support(calls('add', { number: 1 }), says('two')), 'one?')),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'support', input: 'one?', output: 'two' });
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
    ending: 'structured output',
    call: 'resolves',
    expected: completed,
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'weather',
            model: scriptedModel([says('{"city":"Oslo","degrees":-3}')]),
            outputType: weather,
          }),
          [{ role: 'user', content: 'Oslo?' }],
        ),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        input: [{ role: 'user', content: 'Oslo?' }],
        output: { city: 'Oslo', degrees: -3 },
      });
    },
  },
  {
    ending: 'a tool throws, by default',
    call: 'resolves, the model is told',
    expected: completed,
    run: (lifecycle) => seen(runnerFor(lifecycle).run(support(calls('fail'), says('sorry')), 'q')),
    check([trace]) {
      expect(outline(trace)).toContain('    TOOL fail ERROR');
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'sorry' });
    },
  },
  {
    ending: 'a tool is called with what does not fit',
    call: 'resolves, the model is told',
    expected: completed,
    run: (lifecycle) =>
      seen(runnerFor(lifecycle).run(support(calls('add', { number: 'x' }), says('sorry')), 'q')),
    check([trace]) {
      expect(outline(trace)).toContain('    TOOL add ERROR');
    },
  },
  {
    ending: 'a tool throws, with `errorFunction: null`',
    call: 'rejects with `ToolCallError`',
    expected: [{ status: 'error', reason: 'tool_error' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'support',
            model: scriptedModel([calls('fail')]),
            tools: [fatalTool],
          }),
          'q',
        ),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'Failed to run function tools: TypeError: no such city',
        output: {
          error: { type: 'ToolCallError', cause: { type: 'TypeError', message: 'no such city' } },
        },
      });
      expect(outline(trace)).toContain('    TOOL fail ERROR');
    },
  },
  {
    ending: 'the model fails',
    call: 'rejects with its error',
    expected: [{ status: 'error', reason: 'model_error' }],
    run: (lifecycle) =>
      seen(runnerFor(lifecycle).run(support(new APIError('429 too many requests')), 'q')),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'APIError', message: '429 too many requests' },
      });
      expect(outline(trace)).toEqual([
        'AGENT support ERROR',
        '  AGENT support ERROR',
        '    GENERATION generation ERROR',
      ]);
    },
  },
  {
    ending: 'a model of your own fails with an error of its own',
    call: 'rejects with that error',
    expected: [{ status: 'error', reason: 'exception' }],
    run: (lifecycle) => seen(runnerFor(lifecycle).run(support(new Error('no GPU')), 'q')),
  },
  {
    ending: 'the model asks for a tool that is not there',
    call: 'rejects with `ModelBehaviorError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: (lifecycle) => seen(runnerFor(lifecycle).run(support(calls('fly')), 'q')),
  },
  {
    ending: 'the output does not fit `outputType`',
    call: 'rejects with `ModelBehaviorError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'weather',
            model: scriptedModel([says('{"city":"Oslo"}')]),
            outputType: weather,
          }),
          'q',
        ),
      ),
  },
  {
    ending: 'the model refuses',
    call: 'rejects with `ModelRefusalError`',
    expected: [{ status: 'error', reason: 'content_filter' }],
    run: (lifecycle) => seen(runnerFor(lifecycle).run(support(refuses('I will not')), 'q')),
  },
  {
    ending: 'the model refuses, with `errorHandlers.modelRefusal`',
    call: "resolves with the handler's output",
    expected: [{ status: 'completed', reason: 'fallback' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(support(refuses('I will not')), 'q', {
          errorHandlers: { modelRefusal: () => ({ finalOutput: 'Ask me something else.' }) },
        }),
      ),
    check([trace]) {
      expect(trace?.root?.output).toBe('Ask me something else.');
    },
  },
  {
    ending: '`maxTurns` is reached',
    call: 'rejects with `MaxTurnsExceededError`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          support(calls('add', { number: 1 }), calls('add', { number: 2 }, 'call_2')),
          'q',
          { maxTurns: 2 },
        ),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        statusMessage: 'Max turns (2) exceeded',
        output: {
          error: { type: 'MaxTurnsExceededError', reason: 'max_iterations' },
          react: {
            iterations: 2,
            maxIterations: 2,
            toolsUsed: ['add', 'add'],
            lastObservation: { sum: 3 },
          },
        },
      });
    },
  },
  {
    ending: '`maxTurns` is reached, with `errorHandlers.maxTurns`',
    call: "resolves with the handler's output",
    expected: [{ status: 'completed', reason: 'fallback' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(support(calls('add', { number: 1 })), 'q', {
          maxTurns: 1,
          errorHandlers: { maxTurns: () => ({ finalOutput: 'I ran out of turns.' }) },
        }),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'I ran out of turns.' });
    },
  },
  {
    ending: 'tracing is off (`tracingDisabled`)',
    call: 'resolves',
    expected: completed,
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle, { tracingDisabled: true }).run(
          support(calls('add', { number: 1 }), says('two')),
          'one?',
        ),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'support', input: 'one?', output: 'two' });
      expect(outline(trace)).toEqual(['AGENT support DEFAULT', '  TOOL add DEFAULT']);
    },
  },
];
