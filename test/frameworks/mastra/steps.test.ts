import { MockMemory } from '@mastra/core/memory';
import { SpanType } from '@mastra/core/observability';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generated, weather } from './mastra-world.ts';
import { calls, says, scriptedModel } from './scripted-model.ts';
import { observedAgent } from './observed.ts';

const twoRounds = () => scriptedModel(calls(['weather', { city: 'Rome' }]), says('sunny'));

describe('the call of a model', () => {
  it('has model, settings, input, usage, first token and finish reason', async () => {
    const { agent, named } = observedAgent(twoRounds(), { tools: { weather } });

    await generated(agent, { modelSettings: { temperature: 0.3 } });

    const [first, second] = await named('mock-1');
    expect(first).toMatchObject({
      kind: 'generation',
      model: 'mock-1',
      modelParameters: { temperature: 0.3 },
      input: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'hi' },
      ],
      output: { toolCalls: [{ toolName: 'weather', args: { city: 'Rome' } }] },
      usage: { input: 10, output: 5, cacheRead: 3, cacheWrite: 1, reasoning: 2 },
      metadata: { finish_reason: 'tool-calls', provider: 'mock' },
    });
    expect(second).toMatchObject({ output: 'sunny', metadata: { finish_reason: 'stop' } });
    expect(first?.completionStartTime).toBeGreaterThanOrEqual(first?.startTime ?? Infinity);
    // Mastra repeats the first round's time here, which is before this round began.
    expect(second?.completionStartTime).toBeUndefined();
  });

  it('has its input also when a processor looked at the step before', async () => {
    const { agent, named } = observedAgent(scriptedModel(says('sunny')), {
      inputProcessors: [{ id: 'looking', processInputStep: ({ messages }) => messages }],
    });

    await agent.generate('hi');

    expect((await named('mock-1'))[0]?.input).toMatchObject([
      { role: 'system' },
      { role: 'user', content: 'hi' },
    ]);
  });

  it.each([
    ['no span type', []],
    ['the model calls', [SpanType.MODEL_INFERENCE]],
    ['the model calls and the steps', [SpanType.MODEL_INFERENCE, SpanType.MODEL_STEP]],
  ])('counts usage once when %s is excluded', async (_what, excludeSpanTypes) => {
    const { agent, lifecycle, sink } = observedAgent(
      twoRounds(),
      { tools: { weather } },
      { observability: { excludeSpanTypes } },
    );

    const { totalUsage } = await agent.generate('hi');
    await lifecycle.flush();

    const generations = sink.records.filter(({ usage }) => usage !== undefined);
    const sum = generations.reduce((total, { usage }) => total + (usage?.input ?? 0), 0);
    expect(sum).toBe(totalUsage.inputTokens);
    expect(
      generations.every(({ kind, model }) => kind === 'generation' && model === 'mock-1'),
    ).toBe(true);
  });

  it('of a structuring model that Mastra hides is counted where it was made', async () => {
    const { agent, lifecycle, sink } = observedAgent(scriptedModel(says('seven')));
    const schema = z.object({ age: z.number() });
    const model = scriptedModel(says('{"age":7}'));

    await agent.generate('hi', { structuredOutput: { schema, model: model as never } });
    await lifecycle.flush();

    const inputs = sink.records.map(({ usage }) => usage?.input).filter(Boolean);
    expect(inputs).toEqual([10, 10]);
    expect(sink.parents[0]?.output).toEqual({ age: 7 });
  });
});

describe('a limit of the loop', () => {
  it.each([
    ['steps', [SpanType.MODEL_STEP]],
    ['generations', [SpanType.MODEL_GENERATION]],
    ['calls', [SpanType.MODEL_INFERENCE]],
    ['generations and steps', [SpanType.MODEL_GENERATION, SpanType.MODEL_STEP]],
  ])('is told when the model %s are excluded', async (_what, excludeSpanTypes) => {
    const { agent, parent } = observedAgent(
      scriptedModel(calls(['weather', { city: 'Rome' }])),
      {
        tools: { weather },
      },
      { observability: { excludeSpanTypes } },
    );

    await agent.generate('hi', { maxSteps: 2 });

    expect(await parent()).toMatchObject({
      metadata: { reason: 'max_iterations' },
      output: { react: { iterations: 2, toolsUsed: ['weather', 'weather'] } },
    });
  });
});

describe('memory and processors', () => {
  it('are steps of their kind', async () => {
    const { agent, named } = observedAgent(scriptedModel(says('sunny')), {
      memory: new MockMemory(),
      inputProcessors: [{ id: 'passing', processInput: ({ messages }) => messages }],
    });

    await agent.generate('hi', { memory: { thread: 'thread-1', resource: 'user-7' } });

    expect(await named('memory: recall')).toMatchObject([{ kind: 'retriever' }]);
    expect(await named('memory: save')).toMatchObject([{ kind: 'span' }]);
    expect(await named('passing')).toMatchObject([
      { kind: 'guardrail', metadata: { processorPhase: 'input' } },
    ]);
  });
});
