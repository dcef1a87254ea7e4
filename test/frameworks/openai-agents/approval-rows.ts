import { type Agent, type Runner, RunState } from '@openai/agents';
import { expect } from 'vitest';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { EndingRow } from '../endings.ts';
import { agentOf, deleter } from './agents.ts';
import { calls, says } from './fake-model.ts';
import { outline, read, runnerFor, runs, seen, streams } from './program.ts';

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

/** An agent is asked, and waits; `goOn` is the run with which it goes on. */
function goesOn(
  make: () => Agent,
  goOn: (runner: Runner, agent: Agent, first: Waiting) => ReturnType<typeof suspend>,
): EndingRow['run'] {
  return async (lifecycle) => {
    const runner = runnerFor(lifecycle);
    const agent = make();
    const first = await suspend(runner, agent);
    return await seen(goOn(runner, agent, first));
  };
}

function suspend(runner: Runner, agent: Agent) {
  return runner.run<Agent, unknown>(agent, 'q', session);
}

type Waiting = Awaited<ReturnType<typeof suspend>>;

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
    run: runs(() => ({ agent: deleter(), ...session })),
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
    run: streams(() => ({ agent: deleter(), ...session })),
  },
  {
    ending: 'approved, and the same state goes on',
    call: 'resolves',
    expected: [suspended, resumed],
    run: goesOn(deleter, (runner, agent, { state }) => runner.run(agent, approved(state))),
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
      const agent = deleter();
      const first = await suspend(runnerFor(lifecycle), agent);
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
    run: goesOn(deleter, (runner, agent, { state, interruptions }) => {
      for (const interruption of interruptions) state.reject(interruption);
      return runner.run(agent, state);
    }),
    check(traces) {
      checkLink(traces, 'rejected');
      expect(outline(traces[1])).toContain('    TOOL delete WARNING');
    },
  },
  {
    ending: 'a tool of an inner agent (`agent.asTool()`) needs an approval, and gets it',
    call: 'resolves with `interruptions`, then resolves',
    expected: [suspended, resumed],
    run: goesOn(
      () =>
        agentOf({
          name: 'boss',
          script: [calls('clean', { input: 'a.txt' }), says('done')],
          tools: [deleter().asTool({ toolName: 'clean', toolDescription: 'cleans' })],
        }),
      (runner, agent, { state }) => runner.run(agent, approved(state)),
    ),
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
    run: goesOn(deleter, (runner, agent, { state }) => runner.run(agent, state)),
    check([first, second]) {
      expect(second?.root).toMatchObject({
        input: { resume: [{ id: 'call_delete', name: 'delete', decision: 'open' }] },
        metadata: { resume_of: first?.id },
      });
    },
  },
];
