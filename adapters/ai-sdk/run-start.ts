import {
  type AdapterRunOptions,
  type Conversation,
  readEntries,
  readField,
  readText,
  resolveConversation,
  tagKeys,
  toUserId,
} from '../../src/index.ts';
import { toPromptInput } from './model-input.ts';
import { toRankingInput } from './step-facts.ts';
import { shownInput } from './withheld-content.ts';

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
function nameOf(event: unknown, operation: string): string {
  return readText(event, 'functionId') ?? operation;
}

/** The run of a call, from the event of its start. */
export function toRunOptions(
  event: unknown,
  { maxSteps }: { readonly maxSteps: number | undefined },
): Omit<AdapterRunOptions, 'runId' | 'startTime' | 'signal'> {
  const operation = operationOf(event);
  const context = readField(event, 'runtimeContext');
  const userId = toUserId(context);
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

/** The run of a call that failed before it began, of which only the failure is told. */
export function toStartlessRun(
  event: unknown,
): Pick<AdapterRunOptions, 'name' | 'framework' | 'input'> {
  return {
    // Only streams tell of a call that did not begin.
    name: nameOf(event, 'streamText'),
    framework: 'ai-sdk',
    input: '[unknown: the call failed before it began]',
  };
}

/** The conversation that the runtime context of an event names. */
export function conversationOf(event: unknown): Conversation {
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
  return isAgent(operation)
    ? toPromptInput(event)
    : shownInput(event, () => toOtherInput(event, operation));
}

function toOtherInput(event: unknown, operation: string): unknown {
  switch (operation) {
    case 'embed':
    case 'embedMany':
      return readField(event, 'value');
    case 'rerank':
      return toRankingInput(event);
    case 'generateSpeech':
      return readField(event, 'text');
    case 'decide':
      return { questions: readField(event, 'questions') };
    default:
      return readField(event, 'audio') ?? operation;
  }
}
