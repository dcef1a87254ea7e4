import { Agent } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';

import type { EndingRow } from '../endings.ts';
import { fatalTool, support, usesOnce } from './agents.ts';
import { calls, refuses, says, scriptedModel } from './fake-model.ts';
import { completed, outline, runs } from './program.ts';

/** An error as the openai package throws it. */
class APIError extends Error {
  override readonly name = 'APIError';
  readonly status = 429;
}

/** An agent that is to answer in a form. */
const forecaster = (answer: string) =>
  new Agent({
    name: 'weather',
    model: scriptedModel([says(answer)]),
    outputType: z.object({ city: z.string(), degrees: z.number() }),
  });

export const generateRows: readonly EndingRow[] = [
  {
    ending: 'success',
    call: 'resolves',
    expected: completed,
    run: runs(() => ({ agent: support(calls('add', { number: 1 }), says('two')), input: 'one?' })),
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
    run: runs(() => ({
      agent: forecaster('{"city":"Oslo","degrees":-3}'),
      input: [{ role: 'user', content: 'Oslo?' }],
    })),
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
    run: runs(() => ({ agent: support(calls('fail'), says('sorry')) })),
    check([trace]) {
      expect(outline(trace)).toContain('    TOOL fail ERROR');
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'sorry' });
    },
  },
  {
    ending: 'a tool is called with what does not fit',
    call: 'resolves, the model is told',
    expected: completed,
    run: runs(() => ({ agent: support(calls('add', { number: 'x' }), says('sorry')) })),
    check([trace]) {
      expect(outline(trace)).toContain('    TOOL add ERROR');
    },
  },
  {
    ending: 'a tool throws, with `errorFunction: null`',
    call: 'rejects with `ToolCallError`',
    expected: [{ status: 'error', reason: 'tool_error' }],
    run: runs(() => ({ agent: usesOnce(fatalTool) })),
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
    run: runs(() => ({ agent: support(new APIError('429 too many requests')) })),
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
    run: runs(() => ({ agent: support(new Error('no GPU')) })),
  },
  {
    ending: 'the model asks for a tool that is not there',
    call: 'rejects with `ModelBehaviorError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: runs(() => ({ agent: support(calls('fly')) })),
  },
  {
    ending: 'the output does not fit `outputType`',
    call: 'rejects with `ModelBehaviorError`',
    expected: [{ status: 'error', reason: 'invalid_output' }],
    run: runs(() => ({ agent: forecaster('{"city":"Oslo"}') })),
  },
  {
    ending: 'the model refuses',
    call: 'rejects with `ModelRefusalError`',
    expected: [{ status: 'error', reason: 'content_filter' }],
    run: runs(() => ({ agent: support(refuses('I will not')) })),
  },
  {
    ending: 'the model refuses, with `errorHandlers.modelRefusal`',
    call: "resolves with the handler's output",
    expected: [{ status: 'completed', reason: 'fallback' }],
    run: runs(() => ({
      agent: support(refuses('I will not')),
      errorHandlers: { modelRefusal: () => ({ finalOutput: 'Ask me something else.' }) },
    })),
    check([trace]) {
      expect(trace?.root?.output).toBe('Ask me something else.');
    },
  },
  {
    ending: '`maxTurns` is reached',
    call: 'rejects with `MaxTurnsExceededError`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    run: runs(() => ({
      agent: support(calls('add', { number: 1 }), calls('add', { number: 2 }, 'call_2')),
      maxTurns: 2,
    })),
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
    run: runs(() => ({
      agent: support(calls('add', { number: 1 })),
      maxTurns: 1,
      errorHandlers: { maxTurns: () => ({ finalOutput: 'I ran out of turns.' }) },
    })),
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'DEFAULT', output: 'I ran out of turns.' });
    },
  },
  {
    ending: 'tracing is off (`tracingDisabled`)',
    call: 'resolves',
    expected: completed,
    run: runs(() => ({
      agent: support(calls('add', { number: 1 }), says('two')),
      input: 'one?',
      config: { tracingDisabled: true },
    })),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'support', input: 'one?', output: 'two' });
      expect(outline(trace)).toEqual(['AGENT support DEFAULT', '  TOOL add DEFAULT']);
    },
  },
];
