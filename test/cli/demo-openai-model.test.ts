import { afterEach, describe, expect, it } from 'vitest';
import { createOpenAiModel } from '../../adapters/cli/demo/openai-model.ts';
import type { ReActRequest } from '../../src/index.ts';
import {
  type ChatAnswer,
  type ChatServer,
  completion,
  functionCall,
  serveChatCompletions,
} from './chat-completions-server.ts';

const servers: ChatServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function modelThatGets(
  answer: ChatAnswer,
): Promise<{ readonly server: ChatServer; readonly model: ReturnType<typeof createOpenAiModel> }> {
  const server = await serveChatCompletions(() => answer);
  servers.push(server);
  const { baseUrl } = server;
  const model = createOpenAiModel({ apiKey: 'sk-test', baseUrl: `${baseUrl}/`, model: 'gpt-test' });
  return { server, model };
}

const request: ReActRequest<string> = {
  input: 'What is 2 + 3?',
  instructions: 'Be brief.',
  tools: [{ name: 'add', description: 'Adds.', parameters: { type: 'object' } }],
  history: [
    {
      thought: 'I will add.',
      observations: [
        {
          id: 'a',
          tool: 'add',
          input: { numbers: [2, 3] },
          status: 'returned',
          output: { sum: 5 },
        },
        { id: 'b', tool: 'add', input: 'no json', status: 'failed', error: 'not numbers' },
      ],
    },
  ],
};

describe('a model behind chat completions', () => {
  it('gets instructions, question, tools and the history as messages', async () => {
    const { server, model } = await modelThatGets(completion({ role: 'assistant', content: '5' }));

    await model(request, {});

    expect(server.requests).toEqual([
      {
        authorization: 'Bearer sk-test',
        body: {
          model: 'gpt-test',
          messages: [
            { role: 'system', content: 'Be brief.' },
            { role: 'user', content: 'What is 2 + 3?' },
            {
              role: 'assistant',
              content: 'I will add.',
              tool_calls: [
                {
                  id: 'a',
                  type: 'function',
                  function: { name: 'add', arguments: '{"numbers":[2,3]}' },
                },
                { id: 'b', type: 'function', function: { name: 'add', arguments: 'no json' } },
              ],
            },
            { role: 'tool', tool_call_id: 'a', content: '{"sum":5}' },
            { role: 'tool', tool_call_id: 'b', content: 'Error: not numbers' },
          ],
          tools: [{ type: 'function', function: request.tools[0] }],
        },
      },
    ]);
  });

  it('finishes with the text of the answer, with usage and the model that answered', async () => {
    const { model } = await modelThatGets(completion({ role: 'assistant', content: '5' }));

    const decision = await model(request, {});

    expect(decision).toEqual({
      type: 'finish',
      output: '5',
      model: 'gpt-test-2026',
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    });
  });

  it.each([
    ['{"numbers":[1]}', { numbers: [1] }],
    ['{"numbers":', '{"numbers":'],
  ])('calls the tools that it is told, with the arguments %s', async (text, input) => {
    const { model } = await modelThatGets(completion(functionCall('add', text)));

    const decision = await model(request, {});

    expect(decision).toMatchObject({
      type: 'tools',
      calls: [{ id: 'call_abc', tool: 'add', input }],
    });
  });

  it.each([
    [{ status: 429, body: { error: { message: 'slow down' } } }, 'answered 429: {"error"'],
    [{ status: 200, body: '<html>' }, 'something else than a chat completion'],
    [{ status: 200, body: { choices: [] } }, 'something else than a chat completion'],
  ])('fails as a model error on %o, without telling the key', async (answer, complaint) => {
    const { model } = await modelThatGets(answer);

    const attempt = model(request, {});

    await expect(attempt).rejects.toMatchObject({ name: 'APIError', status: answer.status });
    await expect(attempt).rejects.toThrow(complaint);
    await expect(attempt).rejects.not.toThrow('sk-test');
  });

  it('gives up on the signal of the call', async () => {
    const { model } = await modelThatGets('hang');
    const controller = new AbortController();

    const attempt = model(request, { signal: controller.signal });
    controller.abort();

    await expect(attempt).rejects.toBe(controller.signal.reason);
  });
});
