import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { chat, scene, stepOf } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

describe('a call of a model', () => {
  it('has model, parameters, usage, cost, first token and finish reason', async () => {
    const { root, step } = await stepOf('chat m', {
      ...chat,
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2026',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.top_p': 'Not set',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_creation.input_tokens': 1,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'gen_ai.usage.cost': 0.25,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.id': 'r-1',
      'gen_ai.response.time_to_first_chunk': 0.5,
    });

    expect(step).toMatchObject({
      kind: 'generation',
      model: 'gpt-5-2026',
      modelParameters: { temperature: 0.5, max_tokens: 100 },
      usage: { input: 10, output: 5, cacheRead: 4, cacheWrite: 1, reasoning: 2 },
      cost: { total: 0.25 },
      completionStartTime: step.startTime + 500,
      metadata: { finish_reason: 'stop', provider: 'openai', response_id: 'r-1' },
    });
    expect(root).not.toHaveProperty('usage');
  });

  it.each<readonly [string, Attributes, object]>([
    [
      'the deprecated names',
      { 'gen_ai.usage.prompt_tokens': 3, 'gen_ai.usage.completion_tokens': 2 },
      { input: 3, output: 2 },
    ],
    [
      'OpenInference',
      {
        'llm.token_count.prompt': 3,
        'llm.token_count.completion': 2,
        'llm.token_count.total': 5,
        'llm.token_count.prompt_details.cache_read': 1,
        'llm.token_count.completion_details.reasoning': 1,
      },
      { input: 3, output: 2, total: 5, cacheRead: 1, reasoning: 1 },
    ],
    [
      'Langfuse',
      { 'langfuse.observation.usage_details': '{"input":3,"output":2}' },
      { input: 3, output: 2 },
    ],
    [
      'the AI SDK before version 7',
      { 'ai.usage.promptTokens': 3, 'ai.usage.completionTokens': 2 },
      { input: 3, output: 2 },
    ],
    [
      'cached tokens that are not in the input',
      {
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.cache_read_input_tokens': 20,
        'gen_ai.usage.cache_write_input_tokens': 7,
      },
      { input: 30, cacheRead: 20, cacheWrite: 7 },
    ],
  ])('has the usage that is told as in %s', async (_source, attributes, usage) => {
    const { step } = await stepOf('chat m', { ...chat, ...attributes });

    expect(step.usage).toEqual(usage);
  });

  it.each<readonly [string, Attributes, unknown, unknown]>([
    [
      'messages of the conventions',
      {
        'gen_ai.system_instructions': '[{"type":"text","content":"be kind"}]',
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"what?"}]}]',
        'gen_ai.output.messages':
          '[{"role":"assistant","parts":[{"type":"tool_call","name":"f"}],"finish_reason":"stop"}]',
      },
      [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
      ],
      { role: 'assistant', content: [{ type: 'tool_call', name: 'f' }] },
    ],
    ['plain texts', { 'input.value': '42', 'output.value': 'not {json}' }, '42', 'not {json}'],
    [
      'JSON that is cut off',
      { 'input.value': '{"question":"wh', 'output.value': '["a"]' },
      '{"question":"wh',
      ['a'],
    ],
    [
      'what Langfuse was told before anything else',
      {
        'langfuse.observation.input': '{"q":1}',
        'input.value': 'other',
        'langfuse.observation.output': '"text"',
      },
      { q: 1 },
      'text',
    ],
    [
      'the AI SDK before version 7',
      {
        'ai.prompt.messages': '[{"role":"user"}]',
        'ai.response.text': 'let me see',
        'ai.response.toolCalls': '[{"toolName":"f"}]',
      },
      [{ role: 'user' }],
      { role: 'assistant', content: 'let me see', tool_calls: [{ toolName: 'f' }] },
    ],
  ])('has input and output of %s', async (_source, attributes, input, output) => {
    const { step } = await stepOf('chat m', { ...chat, ...attributes });

    expect(step.input).toEqual(input);
    expect(step.output).toEqual(output);
  });

  it('has the messages that are told as events', async () => {
    const { tracer, finish } = scene();
    const span = tracer.startSpan('chat m', { attributes: chat });
    span.addEvent('gen_ai.system.message', { content: 'be kind' });
    span.addEvent('gen_ai.user.message', { content: 'what?' });
    span.addEvent('gen_ai.client.inference.operation.details', {
      'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"42"}]}]',
    });
    span.end();
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      input: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
      ],
      output: { role: 'assistant', content: '42' },
    });
  });
});
