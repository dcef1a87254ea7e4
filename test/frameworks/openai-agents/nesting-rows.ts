import { run as agentsRun, withTrace } from '@openai/agents';
import { expect } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import type { EndingRow } from '../endings.ts';
import { agentOf, support, toolOf, triage, usesOnce } from './agents.ts';
import { calls, says } from './fake-model.ts';
import { completed, outline, runnerFor, runs, seen } from './program.ts';

export const nestingRows: readonly EndingRow[] = [
  {
    ending: 'a handoff',
    call: "resolves with the second agent's output",
    expected: completed,
    run: runs(() => ({ agent: triage() })),
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
    run: runs(() => {
      const research = agentOf({ name: 'research', script: [says('facts')] });
      return {
        agent: agentOf({
          name: 'writer',
          script: [calls('ask', { input: 'facts?' }), says('done')],
          tools: [research.asTool({ toolName: 'ask', toolDescription: 'asks' })],
        }),
      };
    }),
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
    run(lifecycle) {
      const look = async (): Promise<string> => 'found';
      const search = toolOf('search', () =>
        lifecycle === undefined ? look() : lifecycle.run({ name: 'retrieval' }, look),
      );
      return seen(runnerFor(lifecycle).run(usesOnce(search, says('done')), 'q'));
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
    run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const search = toolOf('search', async () => {
        const inner = agentOf({ name: 'inner', script: [says('found')] });
        return (await runner.run(inner, 'x')).finalOutput;
      });
      return seen(runner.run(usesOnce(search, says('done')), 'q'));
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
