import { Agent, run as agentsRun, tool, withTrace } from '@openai/agents';
import { expect } from 'vitest';
import { z } from 'zod';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { EndingRow } from '../endings.ts';
import { calls, says, scriptedModel } from './fake-model.ts';
import { completed, outline, runnerFor, seen, support } from './program.ts';

export const nestingRows: readonly EndingRow[] = [
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
];
