import { createServer } from 'node:http';
import { z } from 'zod';

/** What the server was asked. */
export interface ChatRequest {
  readonly authorization: string | undefined;
  readonly body: z.output<typeof requestSchema>;
}

/** A server on loopback that speaks chat completions. */
export interface ChatServer {
  readonly baseUrl: string;
  readonly requests: readonly ChatRequest[];
  close(): Promise<void>;
}

/** An answer: a status and a body, or nothing at all. */
export type ChatAnswer = { readonly status: number; readonly body: unknown } | 'hang';

const requestSchema = z.object({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.string().nullable() })),
  tools: z.array(z.unknown()).optional(),
});

/** Answers each request with what `answer` makes of it. */
export async function serveChatCompletions(
  answer: (request: ChatRequest) => ChatAnswer,
): Promise<ChatServer> {
  const requests: ChatRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        authorization: incoming.headers.authorization,
        body: requestSchema.parse(JSON.parse(Buffer.concat(chunks).toString())),
      };
      requests.push(request);
      const reply =
        incoming.url === '/v1/chat/completions' ? answer(request) : { status: 404, body: '' };
      if (reply === 'hang') return;
      response.writeHead(reply.status, { 'content-type': 'application/json' });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body of a completion. */
export function completion(message: unknown): ChatAnswer {
  return {
    status: 200,
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-test-2026',
      choices: [{ index: 0, finish_reason: 'stop', message }],
      usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 },
    },
  };
}

/** A message of the assistant that calls one function. */
export function functionCall(name: string, input: unknown, id = 'call_abc'): unknown {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return {
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name, arguments: text } }],
  };
}
