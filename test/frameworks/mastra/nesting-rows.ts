import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { type AnyWorkflow, createStep, createWorkflow } from '@mastra/core/workflows';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Lifecycle } from '../../../src/index.ts';
import { completed, type EndingRow, failed, suspended } from '../endings.ts';
import {
  createWorld,
  generated,
  generating,
  supportAgent,
  type WorldOptions,
} from './mastra-world.ts';
import { named } from './observations.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';

const count = z.object({ n: z.number() });

function helper(): Agent {
  return new Agent({
    id: 'helper',
    name: 'Helper',
    description: 'helps',
    instructions: 'help',
    model: scriptedModel(says('helped')),
  });
}

/** An agent whose tool asks another agent, which Mastra is not told. */
function delegating(world?: WorldOptions): EndingRow['run'] {
  return (lifecycle) => {
    const inner = helper();
    const delegate = createTool({
      id: 'delegate',
      description: 'asks the helper',
      inputSchema: z.object({}),
      execute: async () => (await inner.generate('help')).text,
    });
    const agent = supportAgent(scriptedModel(calls(['delegate', {}]), says('done')), {
      tools: { delegate },
    });
    createWorld(lifecycle, { agent, inner }, world);
    return generated(agent);
  };
}

function step(id: string, execute: (n: number) => number) {
  return createStep({
    id,
    inputSchema: count,
    outputSchema: count,
    execute: async ({ inputData }) => ({ n: execute(inputData.n) }),
  });
}

const addOne = step('add-one', (n) => n + 1);
const fail = step('fail', () => {
  throw new Error('step exploded');
});
const askPerson = createStep({
  id: 'ask-person',
  inputSchema: count,
  outputSchema: count,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: count,
  execute: async ({ suspend, resumeData }) => resumeData ?? suspend({ question: 'how many?' }),
});

function counting() {
  return createWorkflow({ id: 'counting', inputSchema: count, outputSchema: count });
}

/** A run of a workflow, in a Mastra of its own. */
function createRun(lifecycle: Lifecycle | undefined, workflow: AnyWorkflow) {
  const mastra = createWorld(lifecycle, {}, { workflows: { workflow } });
  return mastra.getWorkflow('workflow').createRun();
}

interface Outcome {
  readonly status: string;
  readonly result?: unknown;
  readonly error?: Error;
}

function toSeen({ status, result, error }: Outcome): object {
  return { status, result, error: error?.message };
}

/** Agents inside agents, and workflows. */
export const nestingRows: readonly EndingRow[] = [
  {
    ending: 'an agent calls another agent',
    call: 'resolves',
    expected: [completed],
    run: generating(() => {
      const model = scriptedModel(calls(['agent-helper', { prompt: 'help' }]), says('done'));
      return supportAgent(model, { agents: { helper: helper() } });
    }),
    check([trace]) {
      const [inner] = named(trace, 'Helper');
      const [tool] = named(trace, 'agent-helper');
      expect(inner).toMatchObject({
        type: 'AGENT',
        output: 'helped',
        parentObservationId: tool?.id,
        metadata: { ...completed },
      });
      expect(tool?.parentObservationId).toBe(trace?.root?.id);
    },
  },
  {
    ending: 'a tool calls another agent by itself, with the exporter as bridge',
    call: 'resolves',
    expected: [completed],
    run: delegating({ as: 'bridge' }),
    check([trace]) {
      const [tool] = named(trace, 'delegate');
      expect(named(trace, 'Helper')).toMatchObject([
        { type: 'AGENT', output: 'helped', parentObservationId: tool?.id },
      ]);
    },
  },
  {
    ending: 'a tool calls another agent by itself, without the bridge',
    call: 'resolves',
    expected: [completed, completed],
    run: delegating(),
    check(traces) {
      expect(traces.map(({ name }) => name)).toEqual(['Support Agent', 'Helper']);
    },
  },
  {
    ending: 'an agent runs inside `lifecycle.run`',
    call: 'resolves',
    expected: [{ ...completed, conversationId: 'c-1', conversationSource: 'call.conversationId' }],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('sunny')));
      createWorld(lifecycle, { agent });
      const work = () => generated(agent, { memory: { thread: 'other', resource: 'user-7' } });
      return lifecycle === undefined
        ? work()
        : lifecycle.run({ name: 'request', input: 'q', conversationId: 'c-1' }, work);
    },
    check([trace]) {
      expect(trace?.name).toBe('request');
      expect(named(trace, 'Support Agent')).toMatchObject([
        { type: 'AGENT', parentObservationId: trace?.root?.id, sessionId: 'c-1' },
      ]);
    },
  },
  {
    ending: 'a workflow succeeds',
    call: 'status `success`',
    expected: [completed],
    async run(lifecycle) {
      const workflow = counting().then(addOne).commit();
      const run = await createRun(lifecycle, workflow);
      return toSeen(await run.start({ inputData: { n: 1 } }));
    },
    check([trace]) {
      expect(trace).toMatchObject({
        name: 'counting',
        root: { type: 'CHAIN', input: { n: 1 }, output: { n: 2 } },
      });
      expect(named(trace, 'add-one')).toMatchObject([{ type: 'CHAIN', output: { n: 2 } }]);
    },
  },
  {
    ending: 'a step of a workflow fails',
    call: 'status `failed`',
    expected: [failed('exception')],
    async run(lifecycle) {
      const workflow = counting().then(addOne).then(fail).commit();
      const run = await createRun(lifecycle, workflow);
      return toSeen(await run.start({ inputData: { n: 1 } }));
    },
    check([trace]) {
      expect(trace?.root?.statusMessage).toBe('step exploded');
      expect(named(trace, 'fail')).toMatchObject([{ level: 'ERROR' }]);
    },
  },
  {
    ending: 'a workflow waits and is resumed',
    call: 'status `suspended`, then `success`',
    expected: [suspended('input_required'), completed],
    async run(lifecycle) {
      const workflow = counting().then(askPerson).commit();
      const run = await createRun(lifecycle, workflow);
      const first = await run.start({ inputData: { n: 1 } });
      const second = await run.resume({ step: 'ask-person', resumeData: { n: 5 } });
      return [toSeen(first), toSeen(second)];
    },
    check([first, second]) {
      expect(first?.root?.output).toEqual({
        pending: [{ kind: 'workflow_step', name: 'ask-person' }],
      });
      expect(second?.root).toMatchObject({
        name: 'counting',
        output: { n: 5 },
        metadata: { resume_of: first?.id },
      });
    },
  },
  {
    ending: 'a workflow is canceled',
    call: 'status `canceled`',
    expected: [failed('aborted')],
    async run(lifecycle) {
      let cancel = async (): Promise<void> => {};
      const canceling = createStep({
        id: 'canceling',
        inputSchema: count,
        outputSchema: count,
        execute: async ({ inputData }) => {
          await cancel();
          return inputData;
        },
      });
      const workflow = counting().then(canceling).commit();
      const run = await createRun(lifecycle, workflow);
      cancel = () => run.cancel();
      return toSeen(await run.start({ inputData: { n: 1 } }));
    },
  },
  {
    ending: 'an agent in a workflow is stopped by its processor',
    call: 'status `tripwire`',
    expected: [failed('guardrail')],
    async run(lifecycle) {
      const agent = supportAgent(scriptedModel(says('never')), {
        inputProcessors: [{ id: 'guard', processInput: ({ abort }) => abort('off topic') }],
      });
      const workflow = createWorkflow({
        id: 'asking',
        inputSchema: z.object({ prompt: z.string() }),
        outputSchema: z.object({ text: z.string() }),
      })
        .then(createStep(agent))
        .commit();
      const mastra = createWorld(lifecycle, { agent }, { workflows: { asking: workflow } });
      const run = await mastra.getWorkflow('asking').createRun();
      return toSeen(await run.start({ inputData: { prompt: 'q' } }));
    },
    check([trace]) {
      expect(named(trace, 'Support Agent')).toMatchObject([{ metadata: { reason: 'guardrail' } }]);
    },
  },
];
