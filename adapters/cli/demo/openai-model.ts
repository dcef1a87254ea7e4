import { z } from 'zod';
import type {
  ReActDecision,
  ReActModel,
  ReActObservation,
  ReActRequest,
  ReActTurn,
} from '../../../src/index.ts';
import { type Question, textOf } from './scripted-model.ts';

/** A model behind an endpoint that speaks OpenAI's chat completions. */
export interface OpenAiModelOptions {
  readonly apiKey: string;
  /** Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string | undefined;
  /** Default `gpt-5-mini`. */
  readonly model?: string | undefined;
  /** How long one answer may take, milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** The endpoint did not answer as agreed. Named as the providers' SDKs name theirs: such an ending is `model_error`. */
class ModelEndpointError extends Error {
  override readonly name = 'APIError';
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** A real language model for a reason–act loop, with the tools as functions and the usage that the endpoint reports. */
export function createOpenAiModel(options: OpenAiModelOptions): ReActModel<Question, string> {
  const { apiKey, model = 'gpt-5-mini', timeoutMs = 60_000 } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.openai.com/v1').replace(/(?<!\/)\/+$/, '');
  return async (request, { signal }) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model, ...toMessages(request), ...toFunctions(request) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return toDecision(await readCompletion(response));
  };
}

const completionSchema = z.object({
  model: z.string().optional(),
  usage: z.unknown(),
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string(),
                function: z.object({ name: z.string(), arguments: z.string() }),
              }),
            )
            .nullish(),
        }),
      }),
    )
    .min(1),
});

type Completion = z.output<typeof completionSchema>;

const longestComplaint = 300;

async function readCompletion(response: Response): Promise<Completion> {
  const { status } = response;
  const body = await response.text();
  if (!response.ok) {
    const complaint = body.slice(0, longestComplaint).toWellFormed();
    throw new ModelEndpointError(`The model endpoint answered ${status}: ${complaint}`, status);
  }
  const parsed = completionSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new ModelEndpointError(
    `The model endpoint answered ${status} with something else than a chat completion:\n${z.prettifyError(parsed.error)}`,
    status,
    { cause: parsed.error },
  );
}

function toDecision({ choices: [choice], usage, model }: Completion): ReActDecision {
  const { content, tool_calls: toolCalls } = choice?.message ?? {};
  const facts = { usage, ...(model !== undefined && { model }) };
  if (toolCalls === undefined || toolCalls === null || toolCalls.length === 0) {
    return { ...facts, type: 'finish', output: content ?? '' };
  }
  const hasThought = typeof content === 'string' && content !== '';
  return {
    ...facts,
    type: 'tools',
    ...(hasThought && { thought: content }),
    // Arguments that are no JSON go to the tool as they are: its complaint is what the model can learn from.
    calls: toolCalls.map(({ id, function: { name, arguments: text } }) => ({
      id,
      tool: name,
      input: parseJson(text) ?? text,
    })),
  };
}

function toMessages({ instructions, input, history }: ReActRequest<Question>): {
  readonly messages: readonly unknown[];
} {
  const system = instructions === undefined ? [] : [{ role: 'system', content: instructions }];
  return {
    messages: [
      ...system,
      { role: 'user', content: textOf(input) },
      ...history.flatMap(toTurnMessages),
    ],
  };
}

function toTurnMessages({ thought, observations }: ReActTurn): readonly unknown[] {
  return [
    {
      role: 'assistant',
      content: thought ?? null,
      tool_calls: observations.map(({ id, tool, input }) => ({
        id,
        type: 'function',
        function: {
          name: tool,
          arguments: typeof input === 'string' ? input : JSON.stringify(input),
        },
      })),
    },
    ...observations.map((observation) => ({
      role: 'tool',
      tool_call_id: observation.id,
      content: toContent(observation),
    })),
  ];
}

function toContent(observation: ReActObservation): string {
  if (observation.status === 'failed') return `Error: ${observation.error}`;
  const { output } = observation;
  return typeof output === 'string' ? output : (JSON.stringify(output) ?? 'done');
}

function toFunctions({ tools }: ReActRequest<Question>): { readonly tools?: readonly unknown[] } {
  if (tools.length === 0) return {};
  return { tools: tools.map((tool) => ({ type: 'function', function: tool })) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
