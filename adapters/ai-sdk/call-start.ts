import {
  type AdapterRunOptions,
  type Conversation,
  readEntries,
  readField,
  readText,
  resolveConversation,
} from '../../src/index.ts';
import { hidden, toRunInput } from './model-facts.ts';

const userKeys = ['langfuseUserId', 'user_id', 'userId'] as const;
const tagKeys = ['langfuseTags', 'tags'] as const;

/** The operation without the SDK's prefix: `ai.streamText` is `streamText`. */
export function operationOf(event: unknown): string {
  return (readText(event, 'operationId') ?? 'ai.call').replace(/^ai\./, '');
}

/** Whether the call asks for an answer of a form: `output: Output.object(…)` and the like. */
export function isStructuredCall(event: unknown): boolean {
  const name = readText(readField(event, 'output'), 'name');
  return name !== undefined && name !== 'text';
}

/** What a run is called: what the user called the function, else the function of the SDK. */
export function nameOf(event: unknown, operation: string): string {
  return readText(event, 'functionId') ?? operation;
}

/** The run of a call, from the event of its start. */
export function toRunOptions(
  event: unknown,
  { maxSteps }: { readonly maxSteps: number | undefined },
): Omit<AdapterRunOptions, 'runId' | 'startTime' | 'signal'> {
  const operation = operationOf(event);
  const context = readField(event, 'runtimeContext');
  const userId = userKeys.map((key) => readText(context, key)).find((id) => id !== undefined);
  const tags = tagKeys
    .flatMap((key) => readEntries(readField(context, key), 50))
    .filter((tag) => typeof tag === 'string');
  return {
    name: nameOf(event, operation),
    framework: 'ai-sdk',
    kind: isAgent(operation) ? 'agent' : 'span',
    input: toInput(event, operation),
    conversationContext: toConversationContext(context),
    ...(userId !== undefined && { userId }),
    ...(tags.length > 0 && { tags }),
    ...(maxSteps !== undefined && { maxIterations: maxSteps }),
    metadata: toMetadata(event, operation, context),
  };
}

/** The conversation that the runtime context of a later step names. */
export function toLateConversation(event: unknown): Conversation {
  return resolveConversation({
    frameworkContext: toConversationContext(readField(event, 'runtimeContext')),
  });
}

function isAgent(operation: string): boolean {
  return /^(?:generate|stream)(?:Text|Object)$/.test(operation);
}

function toConversationContext(
  value: unknown,
): NonNullable<AdapterRunOptions['conversationContext']> {
  return { source: 'ai-sdk.runtimeContext', value };
}

function toMetadata(
  event: unknown,
  operation: string,
  context: unknown,
): Readonly<Record<string, unknown>> {
  const model = readText(event, 'modelId');
  const provider = readText(event, 'provider');
  return {
    operation,
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    // The SDK shows only the keys that the user has let through.
    ...(isFilled(context) && { runtime_context: context }),
  };
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function toInput(event: unknown, operation: string): unknown {
  if (isAgent(operation)) return toRunInput(event);
  if (readField(event, 'recordInputs') === false) return hidden.input;
  switch (operation) {
    case 'embed':
    case 'embedMany':
      return readField(event, 'value');
    case 'rerank':
      return { query: readField(event, 'query'), documents: readField(event, 'documents') };
    case 'generateSpeech':
      return readField(event, 'text');
    case 'decide':
      return { questions: readField(event, 'questions') };
    default:
      return readField(event, 'audio') ?? operation;
  }
}
