import { generateText, isStepCount, jsonSchema, registerTelemetry, tool } from 'ai';
import {
  lifecycleTelemetry,
  type LifecycleTelemetryOptions,
  observeStream,
} from '../../../adapters/ai-sdk/index.ts';
import type { Lifecycle } from '../../../adapters/index.ts';
import {
  createLifecycle,
  type Diagnostic,
  type LifecycleOptions,
  memorySink,
} from '../../../src/index.ts';
import { type EndingRow, settled } from '../endings.ts';
import { scriptedModel, type Turn } from './scripted-model.ts';

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
function observedBy<T extends object>(lifecycle: Lifecycle | undefined, result: T): T {
  return lifecycle === undefined ? result : observeStream(result);
}

/** A row does this with the integration registered; `observed` is `observeStream`, where there is a lifecycle. */
export function inRow(
  program: (use: {
    readonly lifecycle: Lifecycle | undefined;
    readonly observed: <T extends object>(result: T) => T;
  }) => Promise<unknown>,
  options?: LifecycleTelemetryOptions,
): EndingRow['run'] {
  return (lifecycle) =>
    inSdk(
      lifecycle,
      () => program({ lifecycle, observed: (result) => observedBy(lifecycle, result) }),
      options,
    );
}

/** A row makes this call of `generateText`, anew each time. */
export function generates(
  make: () => Parameters<typeof generateText>[0],
  options?: LifecycleTelemetryOptions,
): EndingRow['run'] {
  return inRow(() => settled(generateText(make()).then(seen)), options);
}

/** What a call of the SDK is told whose model follows this script. */
export function support(...turns: readonly Turn[]) {
  return {
    model: scriptedModel(...turns),
    tools,
    stopWhen: isStepCount(3),
    prompt: 'Where is my order?',
    maxRetries: 0,
    telemetry: { functionId: 'support-agent' },
  };
}

/** The signal of a caller who changes their mind at the next turn of the event loop. */
export function abortedSoon(reason?: unknown): AbortSignal {
  const controller = new AbortController();
  setImmediate(() => controller.abort(reason));
  return controller.signal;
}

/** A lifecycle that keeps in memory what it is told. */
export function recording(options: Partial<LifecycleOptions> = {}) {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (told) => diagnostics.push(told),
    ...options,
  });
  const ended = () => sink.records.filter(({ phase }) => phase === 'ended');
  return {
    lifecycle,
    sink,
    ended,
    problems: () => diagnostics.filter(({ severity }) => severity !== 'info'),
    nameOf: (id: string | undefined) => ended().find((record) => record.id === id)?.name,
  };
}

/** An answer that takes some chunks to stream. */
export const words =
  'one two three four five six seven eight nine ten eleven twelve thirteen fourteen';

/** An answer that takes more chunks than anybody buffers. */
export const manyWords = Array.from({ length: 1_000 }, (_, index) => `word-${index}`).join(' ');

/** A form for structured answers. */
export const form = jsonSchema<{ readonly city: string }>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
});

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
