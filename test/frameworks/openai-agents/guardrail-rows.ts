import { Agent } from '@openai/agents';
import { expect } from 'vitest';

import type { EndingRow } from '../endings.ts';
import { calls, says, scriptedModel } from './fake-model.ts';
import { completed, outline, runnerFor, seen, support } from './program.ts';
import { toolWithGuardrail } from './tool-guardrails.ts';

export const guardrailRows: readonly EndingRow[] = [
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
];
