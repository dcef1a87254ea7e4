import { Agent } from '@mastra/core/agent';
import { MockMemory } from '@mastra/core/memory';
import { createTool } from '@mastra/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';
import {
  completed,
  type EndingRow,
  type ExpectedTrace,
  failed,
  settled,
  suspended,
} from '../endings.ts';
import {
  type AgentResult,
  type CallOptions,
  createWorld,
  generating,
  streaming,
  supportAgent,
  toSeen,
} from './mastra-world.ts';
import { named } from './observations.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';

const pay = createTool({
  id: 'pay',
  description: 'pays',
  inputSchema: z.object({ amount: z.number() }),
  requireApproval: true,
  execute: async ({ amount }) => ({ paid: amount }),
});

const ask = createTool({
  id: 'ask',
  description: 'asks a person',
  inputSchema: z.object({ question: z.string() }),
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ answer: z.string() }),
  execute: async ({ question }, { agent }) => {
    const answer: unknown = agent?.resumeData?.answer;
    if (answer === undefined) return agent?.suspend({ question });
    return { answer };
  },
});

const show = createTool({
  id: 'show',
  description: 'shows something in the browser',
  inputSchema: z.object({ what: z.string() }),
});

/** An agent that pays when it may, and then says `text`. */
const payingAgent = (text: string) => () =>
  supportAgent(scriptedModel(calls(['pay', { amount: 3 }]), says(text)), { tools: { pay } });

/** An agent that asks a person. */
const askingAgent = () =>
  supportAgent(scriptedModel(calls(['ask', { question: 'why?' }]), says('because')), {
    tools: { ask },
  });

/** The program of rows whose agent waits, until its caller lets it go on. */
function goingOn(
  make: () => Agent,
  goOn: (agent: Agent, runId: string) => Promise<AgentResult>,
  options: CallOptions = {},
): EndingRow['run'] {
  return async (lifecycle) => {
    const agent = make();
    createWorld(lifecycle, { agent });
    const { runId } = await agent.generate('hi', options);
    return runId === undefined ? undefined : settled(goOn(agent, runId).then(toSeen));
  };
}

const memory = { thread: 'thread-1', resource: 'user-7' };

function inThread(expected: ExpectedTrace): ExpectedTrace {
  return { ...expected, conversationId: 'thread-1', conversationSource: 'mastra.thread_id' };
}

/** Runs that stop because somebody else has the next word, and runs that go on. */
export const suspensionRows: readonly EndingRow[] = [
  {
    ending: 'a tool waits for an approval',
    call: 'resolves with `suspended`',
    expected: [suspended('approval_required')],
    run: generating(payingAgent('paid')),
    check([trace]) {
      expect(trace?.root).toMatchObject({
        level: 'DEFAULT',
        output: { pending: [{ id: 'call-1', name: 'pay', input: { amount: 3 } }] },
      });
      expect(named(trace, 'pay')).toEqual([]);
    },
  },
  {
    ending: 'a tool waits for an approval, streamed',
    call: 'a `tool-call-approval` chunk, finish reason `suspended`',
    expected: [suspended('approval_required')],
    run: streaming(payingAgent('paid')),
  },
  {
    ending: 'the approval is given',
    call: '`approveToolCallGenerate` resolves',
    expected: [suspended('approval_required'), completed],
    run: goingOn(payingAgent('paid'), (agent, runId) =>
      agent.approveToolCallGenerate({ runId, toolCallId: 'call-1' }),
    ),
    check([first, second]) {
      expect(second?.root).toMatchObject({
        name: 'Support Agent',
        output: 'paid',
        metadata: {
          resume_of: first?.id,
          mastra_run_id: first?.root?.metadata['mastra_run_id'],
        },
      });
      expect(first?.root?.metadata['resumed_by']).toBe(second?.id);
      expect(named(second, 'pay')).toMatchObject([{ type: 'TOOL', output: { paid: 3 } }]);
    },
  },
  {
    ending: 'a tool of an agent inside the agent waits for an approval, and gets it',
    call: 'resolves with `suspended`; `approveToolCallGenerate` resolves',
    expected: [inThread(suspended('approval_required')), inThread(completed)],
    run: goingOn(
      () => {
        const cashier = new Agent({
          id: 'cashier',
          name: 'Cashier',
          description: 'pays',
          instructions: 'pay',
          model: scriptedModel(calls(['pay', { amount: 3 }]), says('paid')),
          tools: { pay },
        });
        const model = scriptedModel(calls(['agent-cashier', { prompt: 'pay 3' }]), says('done'));
        return supportAgent(model, { agents: { cashier }, memory: new MockMemory() });
      },
      (agent, runId) => agent.approveToolCallGenerate({ runId, toolCallId: 'call-1', memory }),
      { memory },
    ),
    check([first, second]) {
      const pending = [{ id: 'call-1', name: 'pay', input: { amount: 3 } }];
      expect(first?.root?.output).toEqual({ pending });
      expect(named(first, 'Cashier')).toMatchObject([
        { output: { pending }, sessionId: 'thread-1', metadata: { reason: 'approval_required' } },
      ]);
      expect(second?.root).toMatchObject({ output: 'done', metadata: { resume_of: first?.id } });
      expect(named(second, 'Cashier')).toMatchObject([{ output: 'paid' }]);
    },
  },
  {
    ending: 'the approval is declined',
    call: '`declineToolCallGenerate` resolves',
    expected: [suspended('approval_required'), completed],
    run: goingOn(payingAgent('not paid'), (agent, runId) =>
      agent.declineToolCallGenerate({ runId, toolCallId: 'call-1' }),
    ),
    check([first, second]) {
      expect(second?.root).toMatchObject({
        output: 'not paid',
        metadata: { resume_of: first?.id },
      });
      expect(named(second, 'pay')).toEqual([]);
    },
  },
  {
    ending: 'a tool suspends itself',
    call: 'resolves with `suspended` and its payload',
    expected: [suspended('input_required')],
    run: generating(askingAgent),
    check([trace]) {
      expect(trace?.root?.output).toEqual({
        pending: [{ id: 'call-1', name: 'ask', input: { question: 'why?' } }],
      });
      expect(named(trace, 'ask')).toMatchObject([{ type: 'TOOL', level: 'DEFAULT' }]);
    },
  },
  {
    ending: 'a suspended tool is resumed',
    call: '`resumeGenerate` resolves',
    expected: [suspended('input_required'), completed],
    run: goingOn(askingAgent, (agent, runId) => agent.resumeGenerate({ answer: 'so' }, { runId })),
    check([first, second]) {
      expect(second?.root).toMatchObject({ output: 'because', metadata: { resume_of: first?.id } });
      expect(named(second, 'ask')).toMatchObject([{ output: { answer: 'so' } }]);
    },
  },
  {
    ending: 'the client is to run a tool',
    call: 'resolves with `tool-calls`',
    expected: [suspended('client_tool')],
    run: generating(() =>
      supportAgent(scriptedModel(calls(['show', { what: 'map' }])), {
        tools: { show },
      }),
    ),
    check([trace]) {
      expect(trace?.root?.output).toEqual({ pending: [{ name: 'show', input: { what: 'map' } }] });
      expect(named(trace, 'show')).toMatchObject([{ type: 'TOOL', input: { what: 'map' } }]);
    },
  },
  {
    ending: 'the model calls a tool that does not exist, up to the limit',
    call: 'resolves with `tool-calls`',
    expected: [failed('max_iterations')],
    run: generating(
      () => supportAgent(scriptedModel(calls(['nothing', {}])), { tools: { show } }),
      { maxSteps: 2 },
    ),
  },
];
