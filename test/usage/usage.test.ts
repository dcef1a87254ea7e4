import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCost, toUsage } from '../../src/usage.ts';

describe('the usage that a provider returned', () => {
  it.each<[string, unknown, object]>([
    [
      'ours',
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'OpenAI Chat Completions',
      {
        prompt_tokens: 10,
        completion_tokens: 4,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 3, audio_tokens: 0, cache_write_tokens: 2 },
        completion_tokens_details: { reasoning_tokens: 1, audio_tokens: 0 },
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'OpenAI Responses',
      {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 3, cache_write_tokens: 0 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 14,
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 0, reasoning: 1 },
    ],
    [
      'Anthropic, whose input leaves the cached tokens out',
      {
        input_tokens: 5,
        cache_creation_input_tokens: 2,
        cache_read_input_tokens: 3,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 0 },
        output_tokens: 4,
        output_tokens_details: { thinking_tokens: 1 },
        server_tool_use: null,
        service_tier: 'standard',
      },
      { input: 10, output: 4, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'Anthropic without a cache',
      {
        input_tokens: 10,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: null,
        output_tokens: 4,
      },
      { input: 10, output: 4 },
    ],
    [
      'a gateway that speaks OpenAI and adds the fields of Anthropic',
      {
        prompt_tokens: 10,
        completion_tokens: 4,
        total_tokens: 14,
        cache_read_input_tokens: 3,
        cache_creation_input_tokens: 2,
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2 },
    ],
    [
      'AI SDK 7',
      {
        inputTokens: 10,
        inputTokenDetails: { noCacheTokens: 5, cacheReadTokens: 3, cacheWriteTokens: 2 },
        outputTokens: 4,
        outputTokenDetails: { textTokens: 3, reasoningTokens: 1 },
        totalTokens: 14,
        raw: { prompt_tokens: 99 },
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'AI SDK 7 with what the provider did not say',
      {
        inputTokens: undefined,
        inputTokenDetails: { noCacheTokens: undefined, cacheReadTokens: undefined },
        outputTokens: 4,
        totalTokens: undefined,
      },
      { output: 4 },
    ],
    [
      'AI SDK 5',
      {
        inputTokens: 10,
        outputTokens: 4,
        totalTokens: 14,
        cachedInputTokens: 3,
        reasoningTokens: 1,
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, reasoning: 1 },
    ],
    [
      'AI SDK 4',
      { promptTokens: 10, completionTokens: 4, totalTokens: 14 },
      { input: 10, output: 4, total: 14 },
    ],
    [
      'a provider of the AI SDK',
      {
        inputTokens: { total: 10, noCache: 5, cacheRead: 3, cacheWrite: 2 },
        outputTokens: { total: 4, text: 3, reasoning: 1 },
      },
      { input: 10, output: 4, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'Gemini, which reports thoughts and tool prompts apart',
      {
        promptTokenCount: 8,
        toolUsePromptTokenCount: 2,
        cachedContentTokenCount: 3,
        candidatesTokenCount: 3,
        thoughtsTokenCount: 1,
        totalTokenCount: 14,
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: 8 }],
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, reasoning: 1 },
    ],
    [
      'Gemini that only thought',
      { promptTokenCount: 10, thoughtsTokenCount: 4, totalTokenCount: 14 },
      { input: 10, output: 4, total: 14, reasoning: 4 },
    ],
    [
      'LangChain',
      {
        input_tokens: 10,
        output_tokens: 4,
        total_tokens: 14,
        input_token_details: { cache_read: 3, cache_creation: 2 },
        output_token_details: { reasoning: 1 },
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'Bedrock Converse',
      {
        inputTokens: 5,
        outputTokens: 4,
        totalTokens: 14,
        cacheReadInputTokens: 3,
        cacheWriteInputTokens: 2,
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, cacheWrite: 2 },
    ],
    [
      'the Claude Agent SDK, a model of a query',
      {
        inputTokens: 5,
        outputTokens: 4,
        cacheReadInputTokens: 3,
        cacheCreationInputTokens: 2,
        costUSD: 0.1,
      },
      { input: 10, output: 4, cacheRead: 3, cacheWrite: 2 },
    ],
    [
      'OpenAI Agents, one entry of details per request',
      {
        requests: 2,
        inputTokens: 10,
        outputTokens: 4,
        totalTokens: 14,
        inputTokensDetails: [{ cached_tokens: 1 }, { cached_tokens: 2 }],
        outputTokensDetails: [{ reasoning_tokens: 1 }, {}],
      },
      { input: 10, output: 4, total: 14, cacheRead: 3, reasoning: 1 },
    ],
    [
      'Mastra',
      {
        inputTokens: 10,
        outputTokens: 4,
        inputDetails: { cacheRead: 3, cacheWrite: 2 },
        outputDetails: { reasoning: 1 },
      },
      { input: 10, output: 4, cacheRead: 3, cacheWrite: 2, reasoning: 1 },
    ],
    [
      'xAI, whose output leaves the reasoning out, as its total shows',
      {
        prompt_tokens: 10,
        completion_tokens: 3,
        total_tokens: 14,
        completion_tokens_details: { reasoning_tokens: 1 },
      },
      { input: 10, output: 4, total: 14, reasoning: 1 },
    ],
    ['zeros', { input_tokens: 0, output_tokens: 0 }, { input: 0, output: 0 }],
  ])('%s', (_, returned, expected) => {
    const usage = toUsage(returned);

    expect(usage).toStrictEqual(expected);
  });

  it('is read from an instance of a class, too', () => {
    class Counted {
      get inputTokens(): number {
        return 10;
      }
    }

    const usage = toUsage(new Counted());

    expect(usage).toStrictEqual({ input: 10 });
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '7', 7n, null, {}, [7]])(
    'leaves %o out, which is no count',
    (count) => {
      const usage = toUsage({ input: count, output: 4 });

      expect(usage).toStrictEqual({ output: 4 });
    },
  );

  it.each([undefined, null, 7, 'many', [], {}, { tokens: 7 }, { input: -1 }, () => 7])(
    'is nothing when there is none in %o',
    (value) => {
      const usage = toUsage(value);

      expect(usage).toBeUndefined();
    },
  );

  it('takes what can be read of a hostile object', () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const value = {
      get input(): number {
        throw new Error('not now');
      },
      prompt_tokens: 10,
      prompt_tokens_details: proxy,
    };

    const usage = toUsage(value);

    expect(usage).toStrictEqual({ input: 10 });
    expect(toUsage(proxy)).toBeUndefined();
  });

  it('never throws', () => {
    const key = fc.constantFrom(
      'input',
      'inputTokens',
      'input_tokens_details',
      'cached_tokens',
      'total',
    );

    fc.assert(
      fc.property(fc.dictionary(key, fc.anything({ withBigInt: true })), (value) => {
        const counts = Object.values(toUsage(value) ?? {});

        expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
      }),
    );
  });
});

describe('the cost that a provider returned', () => {
  it.each<[string, unknown, object | undefined]>([
    ['ours', { input: 0.1, output: 0.2, total: 0.3 }, { input: 0.1, output: 0.2, total: 0.3 }],
    [
      'Langfuse',
      { inputCost: 0.1, outputCost: 0.2, totalCost: 0.3 },
      { input: 0.1, output: 0.2, total: 0.3 },
    ],
    ['the Claude Agent SDK, a query', { total_cost_usd: 0.3 }, { total: 0.3 }],
    ['the Claude Agent SDK, a model of it', { costUSD: 0.3 }, { total: 0.3 }],
    ['OpenRouter, in its usage', { prompt_tokens: 10, cost: 0.3 }, { total: 0.3 }],
    ['a bare number', 0.3, { total: 0.3 }],
    ['nothing to pay', 0, { total: 0 }],
    ['a debt', { total: -1 }, undefined],
    ['a negative number', -1, undefined],
    ['no number', Number.NaN, undefined],
    ['a text', '0.3', undefined],
    ['nothing', undefined, undefined],
    ['an empty object', {}, undefined],
  ])('%s', (_, returned, expected) => {
    const cost = toCost(returned);

    expect(cost).toStrictEqual(expected);
  });
});
