import { Agent, run as agentsRun, tool, withTrace } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { EndingRow } from '../endings.ts';
import { calls, type ModelStep, refuses, says, scriptedModel } from './fake-model.ts';
import { addTool, failingTool, fatalTool, outline, runnerFor, seen } from './program.ts';
import { toolWithGuardrail } from './tool-guardrails.ts';

/** An error as the openai package throws it. */
class APIError extends Error {
  override readonly name = 'APIError';
  readonly status = 429;
}

const support = (...steps: readonly ModelStep[]): Agent =>
  new Agent({
    name: 'support',
    model: scriptedModel(steps),
    tools: [addTool, failingTool],
  });

const completed = [{ status: 'completed', reason: 'stop' }] as const;

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
    ending: 'an input guardrail trips',
    call: 'rejects with `InputGuardrailTripwireTriggered`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'support',
            model: scriptedModel([says('hi')]),
            inputGuardrails: [
              {
                name: 'no homework',
                runInParallel: false,
                execute: async () => ({ tripwireTriggered: true, outputInfo: 'homework' }),
              },
            ],
          }),
          'q',
        ),
      ),
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT support ERROR',
        '  AGENT support ERROR',
        '    GUARDRAIL no homework WARNING',
      ]);
    },
  },
  {
    ending: 'an output guardrail trips',
    call: 'rejects with `OutputGuardrailTripwireTriggered`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle, {
          outputGuardrails: [
            {
              name: 'no prices',
              execute: async () => ({ tripwireTriggered: true, outputInfo: 'price' }),
            },
          ],
        }).run(support(says('ten euros')), 'q'),
      ),
    check([trace]) {
      expect(outline(trace)).toContain('    GUARDRAIL no prices WARNING');
    },
  },
  {
    ending: 'a guardrail throws',
    call: 'rejects with `GuardrailExecutionError`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle, {
          inputGuardrails: [
            {
              name: 'broken',
              execute: () => Promise.reject(new Error('no connection')),
            },
          ],
        }).run(support(says('hi')), 'q'),
      ),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({
        error: { type: 'GuardrailExecutionError', cause: { message: 'no connection' } },
      });
    },
  },
  ...(['input', 'output'] as const).map((side): EndingRow => ({
    ending: `the ${side} guardrail of a tool throws the run out`,
    call: 'rejects with `ToolCallError`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'support',
            model: scriptedModel([calls('send')]),
            tools: [toolWithGuardrail(side, { type: 'throwException' })],
          }),
          'q',
        ),
      ),
  })),
  {
    ending: 'the input guardrail of a tool rejects the call',
    call: 'resolves, the model is told',
    expected: completed,
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'support',
            model: scriptedModel([calls('send'), says('I may not')]),
            tools: [toolWithGuardrail('input', { type: 'rejectContent', message: 'not allowed' })],
          }),
          'q',
        ),
      ),
  },
  {
    ending: 'a handoff',
    call: "resolves with the second agent's output",
    expected: completed,
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          Agent.create({
            name: 'triage',
            model: scriptedModel([calls('transfer_to_billing')]),
            handoffs: [new Agent({ name: 'billing', model: scriptedModel([says('paid')]) })],
          }),
          'q',
        ),
      ),
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'triage', metadata: { last_agent: 'billing' } });
      expect(outline(trace)).toEqual([
        'AGENT triage DEFAULT',
        '  AGENT triage DEFAULT',
        '    GENERATION generation DEFAULT',
        '    SPAN handoff to billing DEFAULT',
        '  AGENT billing DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'an agent as a tool (`agent.asTool()`)',
    call: 'resolves',
    expected: completed,
    run: (lifecycle) =>
      seen(
        runnerFor(lifecycle).run(
          new Agent({
            name: 'writer',
            model: scriptedModel([calls('ask', { input: 'facts?' }), says('done')]),
            tools: [
              new Agent({ name: 'research', model: scriptedModel([says('facts')]) }).asTool({
                toolName: 'ask',
                toolDescription: 'asks',
              }),
            ],
          }),
          'q',
        ),
      ),
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT writer DEFAULT',
        '  AGENT writer DEFAULT',
        '    GENERATION generation DEFAULT',
        '    TOOL ask DEFAULT',
        '      AGENT research DEFAULT',
        '        GENERATION generation DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: "two runs inside the SDK's `withTrace(name, fn, { groupId })`",
    call: 'both resolve',
    expected: [1, 2].map(() => ({
      status: 'completed',
      reason: 'stop',
      conversationId: 'chat-7',
      conversationSource: 'openai_agents.group_id',
    })),
    run: async (lifecycle) => {
      const runner = runnerFor(lifecycle);
      return await withTrace(
        'support desk',
        async () => [
          await seen(runner.run(support(says('one')), 'first')),
          await seen(runner.run(support(says('two')), 'second')),
        ],
        { groupId: 'chat-7' },
      );
    },
    check(traces) {
      expect(traces.map(({ root }) => root?.metadata['workflow_name'])).toEqual([
        'support desk',
        'support desk',
      ]);
    },
  },
  {
    ending: 'a run inside `lifecycle.run`',
    call: 'resolves',
    expected: completed,
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const body = (): Promise<unknown> => seen(runner.run(support(says('hi')), 'q'));
      return await (lifecycle === undefined ? body() : lifecycle.run({ name: 'request' }, body));
    },
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT request DEFAULT',
        '  AGENT support DEFAULT',
        '    AGENT support DEFAULT',
        '      GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: '`lifecycle.run` inside a tool',
    call: 'resolves',
    expected: completed,
    async run(lifecycle) {
      const look = async (): Promise<string> => 'found';
      const search = tool({
        name: 'search',
        description: 'searches',
        parameters: z.object({}),
        execute: () =>
          lifecycle === undefined ? look() : lifecycle.run({ name: 'retrieval' }, look),
      });
      const model = scriptedModel([calls('search'), says('done')]);
      return await seen(
        runnerFor(lifecycle).run(new Agent({ name: 'support', model, tools: [search] }), 'q'),
      );
    },
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT support DEFAULT',
        '  AGENT support DEFAULT',
        '    GENERATION generation DEFAULT',
        '    TOOL search DEFAULT',
        '      AGENT retrieval DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'a run of the same runner inside a tool',
    call: 'resolves',
    expected: completed,
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const search = tool({
        name: 'search',
        description: 'searches',
        parameters: z.object({}),
        execute: async () =>
          (
            await runner.run(
              new Agent({ name: 'inner', model: scriptedModel([says('found')]) }),
              'x',
            )
          ).finalOutput,
      });
      const model = scriptedModel([calls('search'), says('done')]);
      return await seen(runner.run(new Agent({ name: 'support', model, tools: [search] }), 'q'));
    },
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT support DEFAULT',
        '  AGENT support DEFAULT',
        '    GENERATION generation DEFAULT',
        '    TOOL search DEFAULT',
        '      AGENT inner DEFAULT',
        '        AGENT inner DEFAULT',
        '          GENERATION generation DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: "the SDK's own `run`, wrapped",
    call: 'resolves',
    expected: completed,
    run(lifecycle) {
      const run = lifecycle === undefined ? agentsRun : withLifecycle(agentsRun, lifecycle);
      return seen(run(support(says('hi')), 'q'));
    },
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT support DEFAULT',
        '  AGENT support DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
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
