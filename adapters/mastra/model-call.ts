import {
  readEntries,
  readField,
  readText,
  type StepFacts,
  toCost,
  toUsage,
  type Usage,
} from '../../src/index.ts';
import { attribute, type ExportedSpan, fieldsOf, textAttribute, toTime } from './exported-span.ts';

/** What a span says of a call of a model, besides what was given and came back. */
export function toModelFacts(
  span: ExportedSpan,
): Pick<StepFacts, 'model' | 'modelParameters' | 'usage' | 'cost' | 'completionStartTime'> {
  const usage = usageOf(span);
  const cost = costOf(span);
  const model = modelOf(span);
  const modelParameters = toParameters(attribute(span, 'parameters'));
  const completionStartTime = firstTokenTime(span);
  return {
    ...(model !== undefined && { model }),
    ...(modelParameters !== undefined && { modelParameters }),
    ...(usage !== undefined && { usage }),
    ...(cost !== undefined && { cost }),
    ...(completionStartTime !== undefined && { completionStartTime }),
  };
}

/** The model that was asked for; what the provider made of it stands in the metadata. */
export function modelOf(span: ExportedSpan): string | undefined {
  return (
    textAttribute(span, 'model') ??
    readText(readField(span.metadata, 'modelMetadata'), 'modelId') ??
    textAttribute(span, 'modelId')
  );
}

/** The usage that a span stands for: its own, or that of model calls inside it that Mastra does not export. */
export function usageOf(span: ExportedSpan): Usage | undefined {
  return toUsage(attribute(span, 'usage')) ?? internalUsageOf(span);
}

/** The usage of model calls that Mastra makes itself and hides, for example those of a structuring model. */
export function internalUsageOf(span: ExportedSpan): Usage | undefined {
  return toUsage(attribute(span, 'internalUsage'));
}

/** A model's answer as it is read best: its text alone when it is nothing else. */
export function toAnswer(output: unknown): unknown {
  if (typeof output !== 'object' || output === null) return output;
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

/** Mastra notes the first token of a loop only and repeats its time in later rounds, where it lies before their start. */
function firstTokenTime(span: ExportedSpan): number | undefined {
  const time = toTime(attribute(span, 'completionStartTime'));
  const start = toTime(span.startTime);
  return time === undefined || (start !== undefined && time < start) ? undefined : time;
}

function costOf(span: ExportedSpan): StepFacts['cost'] {
  const context = attribute(span, 'costContext');
  const unit = readText(context, 'costUnit')?.toLowerCase() ?? 'usd';
  return unit === 'usd' ? toCost(readField(context, 'estimatedCost')) : undefined;
}

/** Only plain settings: headers, provider options and the signal are objects and stay out. */
function toParameters(parameters: unknown): Readonly<Record<string, unknown>> | undefined {
  const plain = fieldsOf(parameters).filter(([, value]) => isPlain(value));
  return plain.length === 0 ? undefined : Object.fromEntries(plain);
}

function isPlain(value: unknown): boolean {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

/** Whether a value is as plain as a setting is. */
export function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
