import {
  classifyFailure,
  type Cost,
  type ErrorFacts,
  readEntries,
  readField,
  readText,
  type StepFacts,
  toCost,
  toUsage,
  type Usage,
} from '../../src/index.ts';
import {
  attribute,
  entityLabel,
  type ExportedSpan,
  spanError,
  textAttribute,
  toTime,
} from './exported-span.ts';
import { kindOf } from './span-kind.ts';

/** How a step failed, as its end tells it. */
interface StepFailure {
  readonly error: ErrorFacts;
  readonly failure: 'error' | 'aborted';
}

/** What a span says of its step now; `ownMetadata` is what the span has beyond its run's. */
export function toStepFacts(
  span: ExportedSpan,
  ownMetadata: Readonly<Record<string, unknown>>,
): StepFacts & { readonly name: string } {
  const usage = usageOf(span);
  const cost = costOf(span);
  const model = modelOf(span);
  const modelParameters = toParameters(attribute(span, 'parameters'));
  const completionStartTime = firstTokenTime(span);
  const metadata = { ...scalarAttributes(span), ...ownMetadata };
  const input = inputOf(span);
  const output = outputOf(span);
  return {
    name: stepName(span),
    kind: kindOf(span),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(model !== undefined && { model }),
    ...(modelParameters !== undefined && { modelParameters }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    ...(completionStartTime !== undefined && { completionStartTime }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
}

/** Mastra notes the first token of a loop only and repeats its time in later rounds, where it lies before their start. */
function firstTokenTime(span: ExportedSpan): number | undefined {
  const time = toTime(attribute(span, 'completionStartTime'));
  const start = toTime(span.startTime);
  return time === undefined || (start !== undefined && time < start) ? undefined : time;
}

/** The usage that a span stands for: its own, or that of model calls inside it that Mastra does not export. */
export function usageOf(span: ExportedSpan): Usage | undefined {
  return toUsage(attribute(span, 'usage')) ?? internalUsageOf(span);
}

/** The usage of model calls that Mastra makes itself and hides, for example those of a structuring model. */
export function internalUsageOf(span: ExportedSpan): Usage | undefined {
  return toUsage(attribute(span, 'internalUsage'));
}

/** The failure of a step. A tool whose arguments did not fit has no error in Mastra, only an output that says so. */
export function stepFailure(span: ExportedSpan): StepFailure | undefined {
  const error = spanError(span) ?? refusedArguments(span);
  if (error === undefined) return undefined;
  const ending = classifyFailure(span.errorInfo);
  const isAborted = ending.status === 'error' && ending.reason === 'aborted';
  return { error, failure: isAborted ? 'aborted' : 'error' };
}

function refusedArguments(span: ExportedSpan): ErrorFacts | undefined {
  if (attribute(span, 'success') !== false) return undefined;
  const message = readText(span.output, 'message') ?? 'the tool call was refused';
  return { type: 'ToolCallRefused', message };
}

function stepName(span: ExportedSpan): string {
  const kind = kindOf(span);
  switch (kind) {
    case 'generation':
      return modelOf(span) ?? 'model';
    case 'tool':
    case 'guardrail':
      return entityLabel(span);
    default:
      return span.type === 'workflow_step' ? (span.entityId ?? span.name) : span.name;
  }
}

/** The model that was asked for; what the provider made of it stands in the metadata. */
function modelOf(span: ExportedSpan): string | undefined {
  return (
    textAttribute(span, 'model') ??
    readText(readField(span.metadata, 'modelMetadata'), 'modelId') ??
    textAttribute(span, 'modelId')
  );
}

function costOf(span: ExportedSpan): Cost | undefined {
  const context = attribute(span, 'costContext');
  const unit = readText(context, 'costUnit')?.toLowerCase() ?? 'usd';
  return unit === 'usd' ? toCost(readField(context, 'estimatedCost')) : undefined;
}

function inputOf(span: ExportedSpan): unknown {
  if (span.type === 'client_tool_call') return readField(span.metadata, 'args');
  return span.input;
}

/** A model's answer as it is read best: its text alone when it is nothing else. */
function outputOf(span: ExportedSpan): unknown {
  const { output } = span;
  if (kindOf(span) !== 'generation' || typeof output !== 'object' || output === null) return output;
  const text = readText(output, 'text');
  const object = readField(output, 'object');
  const toolCalls = readEntries(readField(output, 'toolCalls'), 100).map(toToolCall);
  if (object === undefined && toolCalls.length === 0) return text;
  return {
    ...(text !== undefined && { text }),
    ...(object !== undefined && { object }),
    ...(toolCalls.length > 0 && { toolCalls }),
  };
}

function toToolCall(call: unknown): Readonly<Record<string, unknown>> {
  return {
    toolCallId: readField(call, 'toolCallId'),
    toolName: readField(call, 'toolName'),
    args: readField(call, 'args'),
  };
}

/** Only plain settings: headers, provider options and the signal are objects and stay out. */
function toParameters(parameters: unknown): Readonly<Record<string, unknown>> | undefined {
  const plain = entriesOf(parameters).filter(([, value]) => isPlain(value));
  return plain.length === 0 ? undefined : Object.fromEntries(plain);
}

function isPlain(value: unknown): boolean {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

/** Attributes that are told elsewhere, or too long for what they say. */
const toldElsewhere = new Set(['model', 'toolDescription', 'instructions', 'prompt', 'success']);

const renamed: Readonly<Record<string, string>> = {
  finishReason: 'finish_reason',
  responseModel: 'response_model',
};

function scalarAttributes(span: ExportedSpan): Readonly<Record<string, unknown>> {
  const kept = entriesOf(span.attributes)
    .filter(([key, value]) => isScalar(value) && !toldElsewhere.has(key))
    .map(([key, value]) => [renamed[key] ?? key, value] as const);
  const reason = readText(attribute(span, 'tripwireAbort'), 'reason');
  return {
    ...Object.fromEntries(kept),
    ...(reason !== undefined && { tripwire: reason }),
  };
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The fields of a foreign object; none when it is no object or cannot be read. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null) return [];
  try {
    return Object.entries(value);
  } catch {
    return [];
  }
}
