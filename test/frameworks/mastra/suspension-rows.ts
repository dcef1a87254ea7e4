import { Agent } from '@mastra/core/agent';
import { MockMemory } from '@mastra/core/memory';
import { createTool } from '@mastra/core/tools';
import { expect } from 'vitest';
import { z } from 'zod';
import { settled, type EndingRow } from '../endings.ts';
import { createWorld, generated, streamed, supportAgent, toSeen } from './mastra-world.ts';
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

const suspended = { status: 'suspended', reason: 'input_required' } as const;
const waiting = { status: 'suspended', reason: 'approval_required' } as const;
const completed = { status: 'completed', reason: 'stop' } as const;

/** Runs that stop because somebody else has the next word, and runs that go on. */
export const suspensionRows: readonly EndingRow[] = [
  {
    ending: 'a tool waits for an approval',
    call: 'resolves with `suspended`',
    expected: [waiting],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['pay', { amount: 3 }]), says('paid')), {
        tools: { pay },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
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
    expected: [waiting],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['pay', { amount: 3 }]), says('paid')), {
        tools: { pay },
      });
      createWorld(lifecycle, { agent });
      return streamed(agent);
    },
  },
  {
    ending: 'the approval is given',
    call: '`approveToolCallGenerate` resolves',
    expected: [waiting, completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['pay', { amount: 3 }]), says('paid')), {
        tools: { pay },
      });
      createWorld(lifecycle, { agent });
      const { runId } = await agent.generate('hi');
      if (runId === undefined) return undefined;
      const resumed = agent.approveToolCallGenerate({ runId, toolCallId: 'call-1' });
      return settled(resumed.then(toSeen));
    },
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
    expected: [
      { ...waiting, conversationId: 'thread-1', conversationSource: 'mastra.thread_id' },
      { ...completed, conversationId: 'thread-1', conversationSource: 'mastra.thread_id' },
    ],
    async run(lifecycle) {
      const cashier = new Agent({
        id: 'cashier',
        name: 'Cashier',
        description: 'pays',
        instructions: 'pay',
        model: scriptedModel(calls(['pay', { amount: 3 }]), says('paid')),
        tools: { pay },
      });
      const agent = supportAgent(
        scriptedModel(calls(['agent-cashier', { prompt: 'pay 3' }]), says('done')),
        { agents: { cashier }, memory: new MockMemory() },
      );
      createWorld(lifecycle, { agent });
      const memory = { thread: 'thread-1', resource: 'user-7' };
      const { runId } = await agent.generate('hi', { memory });
      if (runId === undefined) return undefined;
      const resumed = agent.approveToolCallGenerate({ runId, toolCallId: 'call-1', memory });
      return settled(resumed.then(toSeen));
    },
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
    expected: [waiting, completed],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['pay', { amount: 3 }]), says('not paid')), {
        tools: { pay },
      });
      createWorld(lifecycle, { agent });
      const { runId } = await agent.generate('hi');
      if (runId === undefined) return undefined;
      const resumed = agent.declineToolCallGenerate({ runId, toolCallId: 'call-1' });
      return settled(resumed.then(toSeen));
    },
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
    expected: [suspended],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['ask', { question: 'why?' }])), {
        tools: { ask },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
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
    expected: [suspended, completed],
    async run(lifecycle) {
      const agent = supportAgent(
        scriptedModel(calls(['ask', { question: 'why?' }]), says('because')),
        { tools: { ask } },
      );
      createWorld(lifecycle, { agent });
      const { runId } = await agent.generate('hi');
      if (runId === undefined) return undefined;
      return settled(agent.resumeGenerate({ answer: 'so' }, { runId }).then(toSeen));
    },
    check([first, second]) {
      expect(second?.root).toMatchObject({ output: 'because', metadata: { resume_of: first?.id } });
      expect(named(second, 'ask')).toMatchObject([{ output: { answer: 'so' } }]);
    },
  },
  {
    ending: 'the client is to run a tool',
    call: 'resolves with `tool-calls`',
    expected: [{ status: 'suspended', reason: 'client_tool' }],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['show', { what: 'map' }])), {
        tools: { show },
      });
      createWorld(lifecycle, { agent });
      return generated(agent);
    },
    check([trace]) {
      expect(trace?.root?.output).toEqual({ pending: [{ name: 'show', input: { what: 'map' } }] });
      expect(named(trace, 'show')).toMatchObject([{ type: 'TOOL', input: { what: 'map' } }]);
    },
  },
  {
    ending: 'the model calls a tool that does not exist, up to the limit',
    call: 'resolves with `tool-calls`',
    expected: [{ status: 'error', reason: 'max_iterations' }],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(calls(['nothing', {}])), { tools: { show } });
      createWorld(lifecycle, { agent });
      return generated(agent, { maxSteps: 2 });
    },
  },
];
