import { createServer } from 'node:http';

/** An OpenAI on loopback. */
export interface OpenAIServer {
  readonly baseURL: string;
  close(): Promise<void>;
}

/** Answers each request with the next body; a list is streamed, entry by entry. */
export async function serveOpenAI(bodies: readonly unknown[]): Promise<OpenAIServer> {
  const answers = [...bodies];
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const body = answers.shift();
      if (!Array.isArray(body)) {
        response.writeHead(body === undefined ? 500 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? {}));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of body) response.write(`data: ${JSON.stringify(event)}\n\n`);
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseURL: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const usage = {
  prompt_tokens: 20,
  completion_tokens: 8,
  total_tokens: 28,
  prompt_tokens_details: { cached_tokens: 12 },
  completion_tokens_details: { reasoning_tokens: 3 },
};

/** A chat completion that says this. */
export function chatCompletion(text: string, finishReason = 'stop'): unknown {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-test-2026',
    choices: [
      { index: 0, finish_reason: finishReason, message: { role: 'assistant', content: text } },
    ],
    usage,
  };
}

/** The same in chunks. */
export function chatCompletionChunks(texts: readonly string[]): readonly unknown[] {
  const base = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-test-2026',
  };
  const chunk = (delta: unknown, finishReason: string | null = null): unknown => ({
    ...base,
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
  return [
    ...texts.map((content) => chunk({ role: 'assistant', content })),
    chunk({}, 'stop'),
    { ...base, choices: [], usage },
  ];
}

/** A response of the Responses API that says this. */
export function modelResponse(text: string): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-test-2026',
    temperature: 0.25,
    top_p: 1,
    tool_choice: 'auto',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text, annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 20,
      output_tokens: 8,
      total_tokens: 28,
      input_tokens_details: { cached_tokens: 12 },
      output_tokens_details: { reasoning_tokens: 3 },
    },
  };
}

/** The same as a stream of events. */
export function modelResponseEvents(text: string): readonly unknown[] {
  const response = modelResponse(text);
  return [
    { type: 'response.created', sequence_number: 0, response: { ...response, output: [] } },
    {
      type: 'response.output_text.delta',
      sequence_number: 1,
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: text,
    },
    { type: 'response.completed', sequence_number: 2, response },
  ];
}
