import { expect } from 'vitest';

import type { EndingRow } from '../endings.ts';
import { agentOf, support, toolWithGuardrail, tripwire, usesOnce } from './agents.ts';
import { says } from './fake-model.ts';
import { completed, outline, runs } from './program.ts';

export const guardrailRows: readonly EndingRow[] = [
  {
    ending: 'an input guardrail trips',
    call: 'rejects with `InputGuardrailTripwireTriggered`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: runs(() => ({
      agent: agentOf({
        script: [says('hi')],
        inputGuardrails: [{ ...tripwire('no homework'), runInParallel: false }],
      }),
    })),
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
    run: runs(() => ({
      agent: support(says('ten euros')),
      config: { outputGuardrails: [tripwire('no prices')] },
    })),
    check([trace]) {
      expect(outline(trace)).toContain('    GUARDRAIL no prices WARNING');
    },
  },
  {
    ending: 'a guardrail throws',
    call: 'rejects with `GuardrailExecutionError`',
    expected: [{ status: 'error', reason: 'guardrail' }],
    run: runs(() => ({
      agent: support(says('hi')),
      config: {
        inputGuardrails: [
          { name: 'broken', execute: () => Promise.reject(new Error('no connection')) },
        ],
      },
    })),
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
    run: runs(() => ({ agent: usesOnce(toolWithGuardrail(side, { type: 'throwException' })) })),
  })),
  {
    ending: 'the input guardrail of a tool rejects the call',
    call: 'resolves, the model is told',
    expected: completed,
    run: runs(() => ({
      agent: usesOnce(
        toolWithGuardrail('input', { type: 'rejectContent', message: 'not allowed' }),
        says('I may not'),
      ),
    })),
  },
];
