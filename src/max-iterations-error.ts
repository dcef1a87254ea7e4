import type { ReactFacts } from './ending.ts';
import { errorNames } from './error-facts.ts';
import { LifecycleError } from './errors.ts';
import { readEntries, readField, readText } from './foreign-value.ts';

const ownCode = 'max_iterations';

/** What a bounded loop knows when it gives up. Only its limit is asked for. */
export interface MaxIterationsContext {
  /** The limit that was reached. */
  readonly maxIterations: number;
  /** How many rounds were made; default `maxIterations`. */
  readonly iterations?: number | undefined;
  /** Names of the tools that were called, in order. */
  readonly toolsUsed?: readonly string[] | undefined;
  /** What was thought and done, in order; for the host, not sent to Langfuse. */
  readonly history?: readonly unknown[] | undefined;
  /** What the last tool returned. */
  readonly lastObservation?: unknown;
  /** What had been produced so far. */
  readonly partialOutput?: unknown;
  readonly cause?: unknown;
}

/**
 * Thrown by a reason-act loop that reached its limit without an answer, ours or yours. Raise the limit, or answer
 * with `partialOutput`. Langfuse shows it like any other error, plus what the loop knew.
 */
export class MaxIterationsError extends LifecycleError {
  override readonly name = 'MaxIterationsError';
  readonly iterations: number;
  readonly maxIterations: number;
  readonly toolsUsed: readonly string[];
  readonly history: readonly unknown[];
  /** `undefined` when no tool was called. */
  readonly lastObservation: unknown;
  /** `undefined` when nothing had been produced. */
  readonly partialOutput: unknown;

  constructor(message: string, context: MaxIterationsContext) {
    super(ownCode, message, 'cause' in context ? { cause: context.cause } : undefined);
    this.maxIterations = context.maxIterations;
    this.iterations = context.iterations ?? context.maxIterations;
    this.toolsUsed = [...(context.toolsUsed ?? [])];
    this.history = [...(context.history ?? [])];
    this.lastObservation = context.lastObservation;
    this.partialOutput = context.partialOutput;
  }

  static override isInstance(value: unknown): value is MaxIterationsError {
    return LifecycleError.isInstance(value) && value.code === ownCode;
  }
}

/** Errors of frameworks that mean a limit of the loop: LangGraph, LangChain's middleware, OpenAI Agents. */
const limitNames = new Set([
  'GraphRecursionError',
  'MaxTurnsExceededError',
  'ModelCallLimitMiddlewareError',
  'ToolCallLimitExceededError',
]);

const limitCodes = new Set<string>([ownCode, 'GRAPH_RECURSION_LIMIT', 'error_max_turns']);

/** What people call their own: MaxIterationsError, MaxStepsExceededError, MaxTurnReachedError … */
const limitNamePattern = /^Max(?:imum)?(?:Iteration|Step|Turn|Round)s?(?:Exceeded|Reached)?Error$/;

const axLimitPattern = /^(?:Generate failed: )?Max steps reached/;

/** Where a message is the only place that has the number, with the library that words it so. */
const limitMessages = [
  /Recursion limit of (\d{1,9}) reached/, // LangGraph
  /Max turns \((\d{1,9})\) exceeded/, // OpenAI Agents
  /limit reached with (\d{1,9}) model calls/, // LangChain, modelCallLimit
  /limit exceeded \(\d{1,9}\/(\d{1,9}) calls\)/, // LangChain, toolCallLimit
  /Max steps reached: (\d{1,9})/, // ax
  /Reached maximum number of turns \((\d{1,9})\)/, // Claude Agent SDK
] as const;

/** Pairs of fields that tell the limit and the count, in the order in which they are believed. */
const limitFields = [
  { limit: 'maxIterations', count: 'iterations' },
  { limit: 'maxTurns', count: 'turns' },
  { limit: 'maxSteps', count: 'steps' },
  { limit: 'recursionLimit', count: 'steps' },
  { limit: 'runLimit', count: 'runCount' },
  { limit: 'threadLimit', count: 'threadCount' },
] as const;

/** Whether an error says that a loop reached its limit: ours, or a framework's by its name or code. */
export function isMaxIterations(error: unknown): boolean {
  if ([readField(error, 'code'), readField(error, 'lc_error_code')].some(isLimitCode)) return true;
  const names = errorNames(error);
  if (names.some((name) => limitNames.has(name) || limitNamePattern.test(name))) return true;
  if (!names.includes('AxGenerateError')) return false;
  // ax has one error class for everything and says the reason in the cause; a recorded copy has only the text.
  const texts = [readText(readField(error, 'cause'), 'message'), readText(error, 'message')];
  return texts.some((text) => text !== undefined && axLimitPattern.test(text));
}

/**
 * What a loop's limit error tells, whoever threw it; `undefined` when it is none or tells no number.
 * A foreign counter that already stands on the round that was refused is cut to the limit.
 */
export function toReactFacts(error: unknown): ReactFacts | undefined {
  if (!isMaxIterations(error)) return undefined;
  const counts = toCounts(error);
  if (counts === undefined) return undefined;
  const items = readEntries(readField(readField(error, 'state'), '_generatedItems'), 1_000);
  const lastObservation = readField(error, 'lastObservation') ?? toLastToolOutput(items);
  return {
    ...counts,
    toolsUsed: [...toToolNames(error), ...toCalledTools(items)],
    ...(lastObservation !== undefined && { lastObservation }),
  };
}

/** OpenAI Agents has no such fields on its error; what was called stands in the items of the run's state. */
function toCalledTools(items: readonly unknown[]): readonly string[] {
  return items
    .filter((item) => readField(item, 'type') === 'tool_call_item')
    .map((item) => readText(readField(item, 'rawItem'), 'name'))
    .filter((name) => name !== undefined);
}

function toLastToolOutput(items: readonly unknown[]): unknown {
  const last = items.findLast((item) => readField(item, 'type') === 'tool_call_output_item');
  return readField(last, 'output');
}

type Counts = Pick<ReactFacts, 'iterations' | 'maxIterations'>;

function toCounts(error: unknown): Counts | undefined {
  const pairs = limitFields
    .map(({ limit, count }) => toPair(readField(error, limit), readField(error, count)))
    .filter((pair) => pair !== undefined);
  // OpenAI Agents keeps both in the state of the run, which it hangs on the error.
  const state = readField(error, 'state');
  const told =
    // LangChain tells a limit per run and one per thread; the one that was reached is meant.
    pairs.find((pair) => pair.iterations >= pair.maxIterations) ??
    pairs[0] ??
    toPair(readField(state, '_maxTurns'), readField(state, '_currentTurn')) ??
    fromMessage(error) ??
    fromMessage(readField(error, 'cause'));
  if (told === undefined || readField(error, 'code') === ownCode) return told;
  return { ...told, iterations: Math.min(told.iterations, told.maxIterations) };
}

function toPair(limit: unknown, count: unknown): Counts | undefined {
  if (!isCount(limit)) return undefined;
  return { iterations: isCount(count) ? count : limit, maxIterations: limit };
}

function fromMessage(error: unknown): Counts | undefined {
  const message = readText(error, 'message')?.slice(0, 2_000) ?? '';
  const limit = limitMessages.map((pattern) => pattern.exec(message)?.[1]).find(Boolean);
  return limit === undefined ? undefined : toPair(Number(limit), undefined);
}

function toToolNames(error: unknown): readonly string[] {
  // LangChain's toolCallLimit names the one tool that was limited.
  const tools = [
    ...readEntries(readField(error, 'toolsUsed'), 1_000),
    readField(error, 'toolName'),
  ];
  return tools.filter((tool) => typeof tool === 'string');
}

function isLimitCode(code: unknown): boolean {
  return typeof code === 'string' && limitCodes.has(code);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
