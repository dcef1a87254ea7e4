import { jsonSchema, registerTelemetry, tool } from 'ai';
import {
  lifecycleTelemetry,
  type LifecycleTelemetryOptions,
  observeStream,
} from '../../../adapters/ai-sdk/index.ts';
import type { Lifecycle } from '../../../adapters/index.ts';

globalThis.AI_SDK_LOG_WARNINGS = false;

/** Runs `fn` with the integration registered as a program does it; without a lifecycle with none. */
export async function inSdk<T>(
  lifecycle: Lifecycle | undefined,
  fn: () => Promise<T>,
  options: LifecycleTelemetryOptions = {},
): Promise<T> {
  if (lifecycle !== undefined) registerTelemetry(lifecycleTelemetry(lifecycle, options));
  try {
    return await fn();
  } finally {
    // The SDK has no way to take an integration back.
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = [];
  }
}

/** The result as a program has it: observed when there is somebody to tell. */
export function observedBy<T extends object>(lifecycle: Lifecycle | undefined, result: T): T {
  return lifecycle === undefined ? result : observeStream(result);
}

/** What a caller saw of a text result, without what is random or a time. */
export function seen(result: {
  readonly text: string;
  readonly finishReason: string;
  readonly steps: readonly { readonly content: readonly { readonly type: string }[] }[];
  readonly usage: unknown;
}): unknown {
  const { text, finishReason, steps, usage } = result;
  const parts = steps.map(({ content }) => content.map(({ type }) => type));
  return { text, finishReason, parts, usage };
}

/** The chunks of a stream, in the order in which they came, without what is random or a time. */
export async function chunksOf(stream: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(toStable(chunk));
  return chunks;
}

function toStable(chunk: unknown): unknown {
  if (typeof chunk !== 'object' || chunk === null) return chunk;
  const random = new Set(['request', 'response', 'performance', 'approvalId', 'messageId', 'id']);
  return Object.fromEntries(
    Object.entries(chunk).map(([key, value]) => [
      key,
      random.has(key)
        ? 'left out'
        : value instanceof Error
          ? `${value.name}: ${value.message}`
          : value,
    ]),
  );
}

/** What a person asks a tool for. */
const query = jsonSchema<{ readonly query?: string }>({
  type: 'object',
  properties: { query: { type: 'string' } },
});

/** One tool of each sort. */
export const tools = {
  search: tool({ inputSchema: query, execute: async ({ query: text }) => `found ${text}` }),
  answer: tool({ inputSchema: query, execute: async ({ query: text }) => `answered ${text}` }),
  broken: tool({
    inputSchema: query,
    execute: async (): Promise<string> => {
      throw new TypeError('the index is gone');
    },
  }),
  deleteAll: tool({ inputSchema: query, needsApproval: true, execute: async () => 'deleted' }),
  /** Runs in the browser. */
  locate: tool({ inputSchema: query, outputSchema: jsonSchema<string>({ type: 'string' }) }),
};

/** For a stream whose errors are looked at elsewhere; by default the SDK prints them. */
export const onError = (): void => {};
