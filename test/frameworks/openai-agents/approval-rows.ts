import { Agent, RunState } from '@openai/agents';
import { expect } from 'vitest';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { EndingRow } from '../endings.ts';
import { calls, says, scriptedModel } from './fake-model.ts';
import { guardedTool, outline, read, runnerFor, seen } from './program.ts';

const deleter = (): Agent =>
  new Agent({
    name: 'files',
    model: scriptedModel([calls('delete', { file: 'a.txt' }), says('done')]),
    tools: [guardedTool],
  });

const session = { conversationId: 'conv_1' };

const suspended = {
  status: 'suspended',
  reason: 'approval_required',
  conversationId: 'conv_1',
  conversationSource: 'openai_agents.conversation_id',
} as const;

const resumed = { ...suspended, status: 'completed', reason: 'stop' } as const;

interface Questions<Item> {
  getInterruptions(): readonly Item[];
  approve(item: Item): void;
}

/** The same state, with a yes to everything. */
function approved<Item, State extends Questions<Item>>(state: State & Questions<Item>): State {
  for (const interruption of state.getInterruptions()) state.approve(interruption);
  return state;
}

/** The second trace goes on with the first, and each names the other. */
function checkLink([first, second]: readonly FakeTrace[], decision: string): void {
  expect(first?.root).toMatchObject({
    level: 'DEFAULT',
    output: {
      pending: [
        {
          kind: 'tool_approval',
          id: 'call_delete',
          name: 'delete',
          input: { file: 'a.txt' },
          agent: 'files',
        },
      ],
    },
    metadata: { resumed_by: second?.id },
  });
  expect(second?.root).toMatchObject({
    name: 'files',
    input: { resume: [{ id: 'call_delete', name: 'delete', decision }] },
    output: 'done',
    metadata: { resume_of: first?.id },
  });
}

export const approvalRows: readonly EndingRow[] = [
  {
    ending: 'a tool needs an approval',
    call: 'resolves with `interruptions`',
    expected: [suspended],
    run: (lifecycle) => seen(runnerFor(lifecycle).run(deleter(), 'q', session)),
    check([trace]) {
      expect(outline(trace)).toEqual([
        'AGENT files DEFAULT',
        '  AGENT files DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'a stream: a tool needs an approval',
    call: '`completed` resolves, there are `interruptions`',
    expected: [suspended],
    run: async (lifecycle) =>
      read(await runnerFor(lifecycle).run(deleter(), 'q', { ...session, stream: true })),
  },
  {
    ending: 'approved, and the same state goes on',
    call: 'resolves',
    expected: [suspended, resumed],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = deleter();
      const first = await runner.run(agent, 'q', session);
      return await seen(runner.run(agent, approved(first.state)));
    },
    check(traces) {
      checkLink(traces, 'approved');
      expect(outline(traces[1])).toEqual([
        'AGENT files DEFAULT',
        '  AGENT files DEFAULT',
        '    TOOL delete DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'approved, and the state goes on after `toString` and `fromString`',
    call: 'resolves',
    expected: [suspended, resumed],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = deleter();
      const first = await runner.run(agent, 'q', session);
      const state = await RunState.fromString(agent, first.state.toString());
      return await seen(runnerFor(lifecycle).run(agent, approved(state)));
    },
    check: (traces) => checkLink(traces, 'approved'),
  },
  {
    ending: 'a stream: approved, and the same state goes on',
    call: '`completed` resolves',
    expected: [suspended, resumed],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = deleter();
      const first = await runner.run(agent, 'q', { ...session, stream: true });
      await read(first);
      return await read(await runner.run(agent, approved(first.state), { stream: true }));
    },
    check: (traces) => checkLink(traces, 'approved'),
  },
  {
    ending: 'rejected, and the state goes on',
    call: 'resolves, the model is told',
    expected: [suspended, resumed],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = deleter();
      const first = await runner.run(agent, 'q', session);
      for (const interruption of first.interruptions) first.state.reject(interruption);
      return await seen(runner.run(agent, first.state));
    },
    check(traces) {
      checkLink(traces, 'rejected');
      expect(outline(traces[1])).toContain('    TOOL delete WARNING');
    },
  },
  {
    ending: 'a tool of an inner agent (`agent.asTool()`) needs an approval, and gets it',
    call: 'resolves with `interruptions`, then resolves',
    expected: [suspended, resumed],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = new Agent({
        name: 'boss',
        model: scriptedModel([calls('clean', { input: 'a.txt' }), says('done')]),
        tools: [deleter().asTool({ toolName: 'clean', toolDescription: 'cleans' })],
      });
      const first = await runner.run(agent, 'q', session);
      return await seen(runner.run(agent, approved(first.state)));
    },
    check([first, second]) {
      expect(first?.root?.output).toMatchObject({ pending: [{ name: 'delete', agent: 'files' }] });
      expect(outline(second)).toEqual([
        'AGENT boss DEFAULT',
        '  AGENT boss DEFAULT',
        '    TOOL clean DEFAULT',
        '      AGENT files DEFAULT',
        '        TOOL delete DEFAULT',
        '        GENERATION generation DEFAULT',
        '    GENERATION generation DEFAULT',
      ]);
    },
  },
  {
    ending: 'the state goes on before anybody has decided',
    call: 'resolves with the same `interruptions`',
    expected: [suspended, suspended],
    async run(lifecycle) {
      const runner = runnerFor(lifecycle);
      const agent = deleter();
      const first = await runner.run(agent, 'q', session);
      return await seen(runner.run(agent, first.state));
    },
    check([first, second]) {
      expect(second?.root).toMatchObject({
        input: { resume: [{ id: 'call_delete', name: 'delete', decision: 'open' }] },
        metadata: { resume_of: first?.id },
      });
    },
  },
];
