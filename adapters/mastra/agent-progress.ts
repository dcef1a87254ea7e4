import {
  classifyFailure,
  type Ending,
  type ErrorFacts,
  readField,
  readText,
} from '../../src/index.ts';
import {
  attribute,
  entityLabel,
  type ExportedSpan,
  spanError,
  textAttribute,
} from './exported-span.ts';

/** A tool call that the agent does not answer itself. */
export interface OpenToolCall {
  readonly toolCallId?: string;
  readonly toolName: string;
  readonly args?: unknown;
}

/**
 * What the spans inside an agent told so far: Mastra's agent span says how it ended in some cases only.
 * A value; the newest tool output in it is Mastra's copy and not the tool's own object.
 */
export interface AgentProgress {
  /** Rounds of the loop. */
  readonly iterations: number;
  readonly toolsUsed: readonly string[];
  readonly lastObservation?: unknown;
  /** The last model span's word, in the words of the AI SDK plus `aborted`, `suspended` and `tripwire`. */
  readonly finishReason?: string;
  /** Whether a model was called at all. */
  readonly hasModel: boolean;
  /** What the model had said when the run ended. */
  readonly text?: string;
  /** Whether the caller asked Mastra to hide outputs, so that one that is missing says nothing. */
  readonly isOutputHidden: boolean;
  /** How the tool of this round failed that failed last. */
  readonly toolFailure?: Ending;
  /** Calls of this round that the client is to answer. */
  readonly clientCalls: readonly OpenToolCall[];
  /** Calls of this round that wait for an approval. */
  readonly approvals: readonly OpenToolCall[];
  /** Calls of this round whose tool suspended itself. */
  readonly suspendedCalls: readonly OpenToolCall[];
  /** How a run inside this round suspended, which is what this one waits for when it suspends too. */
  readonly innerSuspension?: Suspension;
  readonly availableTools: readonly string[];
  /** What a processor of this round did to the run. */
  readonly stop?: ProcessorStop;
}

/** The ending of a run that waits. */
type Suspension = Extract<Ending, { readonly status: 'suspended' }>;

/** A processor that stopped the run on purpose (`tripwire`), or broke. */
export interface ProcessorStop {
  readonly how: 'tripwire' | 'broke';
  readonly processor: string;
  /** Where in the run it stood: `input`, `inputStep`, `outputStream`, `outputStep`, `outputResult`. */
  readonly phase: string | undefined;
  /** Whether it asked for another try, which Mastra may grant. */
  readonly retry: boolean;
  readonly error: ErrorFacts;
}

/** Nothing told yet. */
export const noProgress: AgentProgress = {
  iterations: 0,
  toolsUsed: [],
  hasModel: false,
  isOutputHidden: false,
  clientCalls: [],
  approvals: [],
  suspendedCalls: [],
  availableTools: [],
};

/** The progress after a span inside the agent began. */
export function withStarted(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  switch (span.type) {
    case 'model_step':
      return withRound(progress, span);
    case 'model_inference':
      return { ...withRound(progress, span), hasModel: true };
    case 'tool_call':
    case 'mcp_tool_call':
      return { ...progress, toolsUsed: [...progress.toolsUsed, entityLabel(span)] };
    default:
      return progress;
  }
}

/**
 * The round that a model span belongs to; either kind may be excluded from the export. In a new round it is past what
 * a processor asked to try again, and what the last round's tools did.
 */
function withRound(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  const index = attribute(span, 'stepIndex');
  const iterations = typeof index === 'number' ? index + 1 : progress.iterations + 1;
  if (iterations <= progress.iterations) return progress;
  const { stop: _stop, toolFailure: _failure, finishReason: _reason, ...rest } = progress;
  const { innerSuspension: _inner, ...kept } = rest;
  return { ...kept, iterations, clientCalls: [], approvals: [], suspendedCalls: [] };
}

/** The progress after a span was updated: an agent tells its tools once it knows them. */
export function withTools(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  const tools = attribute(span, 'availableTools');
  if (span.type !== 'agent_run' || !Array.isArray(tools)) return progress;
  return { ...progress, availableTools: tools.filter((tool) => typeof tool === 'string') };
}

/** The progress after a span inside the agent ended. */
export function withEnded(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  switch (span.type) {
    case 'model_generation':
    case 'model_step':
    case 'model_inference':
      return withModelEnd(progress, span);
    case 'tool_call':
    case 'mcp_tool_call':
      return withToolEnd(progress, span);
    case 'client_tool_call': {
      const call = { toolName: entityLabel(span), args: readField(span.metadata, 'args') };
      return { ...progress, clientCalls: [...progress.clientCalls, call] };
    }
    case 'model_chunk':
      return withChunk(progress, span);
    case 'processor_run':
    case 'memory_operation': {
      const stop = toStop(span);
      return stop === undefined ? progress : { ...progress, stop };
    }
    default:
      return progress;
  }
}

function withModelEnd(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  const finishReason = textAttribute(span, 'finishReason');
  const text = readText(span.output, 'text');
  return {
    ...progress,
    hasModel: true,
    ...(finishReason !== undefined && { finishReason, isOutputHidden: span.output === undefined }),
    ...(text !== undefined && { text }),
  };
}

function withToolEnd(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  const { output, errorInfo } = span;
  if (isSuspended(span)) {
    const call = toOpenCall(span, span.input);
    return { ...progress, suspendedCalls: [...progress.suspendedCalls, call] };
  }
  return {
    ...progress,
    ...(errorInfo !== undefined && { toolFailure: classifyFailure(errorInfo) }),
    lastObservation: output ?? errorMessage(span),
  };
}

/** A tool that suspends ends without a word on how it went. */
export function isSuspended(span: ExportedSpan): boolean {
  return (
    (span.type === 'tool_call' || span.type === 'mcp_tool_call') &&
    attribute(span, 'success') === undefined &&
    span.output === undefined &&
    span.errorInfo === undefined
  );
}

function errorMessage(span: ExportedSpan): string | undefined {
  return spanError(span)?.message;
}

function toOpenCall(span: ExportedSpan, args: unknown): OpenToolCall {
  const toolCallId = textAttribute(span, 'toolCallId');
  return {
    ...(toolCallId !== undefined && { toolCallId }),
    toolName: entityLabel(span),
    ...(args !== undefined && { args }),
  };
}

function withChunk(progress: AgentProgress, span: ExportedSpan): AgentProgress {
  if (textAttribute(span, 'chunkType') !== 'tool-call-approval') return progress;
  const toolCallId = readText(span.output, 'toolCallId');
  const args = readField(span.output, 'args');
  const isKnown = progress.approvals.some((call) => call.toolCallId === toolCallId);
  const toolName = readText(span.output, 'toolName');
  if (isKnown || toolName === undefined) return progress;
  const call = {
    ...(toolCallId !== undefined && { toolCallId }),
    toolName,
    ...(args !== undefined && { args }),
  };
  return { ...progress, approvals: [...progress.approvals, call] };
}

/** A processor that breaks while it looks at a single chunk is logged by Mastra, and the run goes on. */
function toStop(span: ExportedSpan): ProcessorStop | undefined {
  const tripwire = attribute(span, 'tripwireAbort');
  const phase = textAttribute(span, 'processorPhase');
  const processor = entityLabel(span);
  if (tripwire !== undefined) {
    const retry = readField(tripwire, 'retry') === true;
    return { how: 'tripwire', processor, phase, retry, error: tripwireError(tripwire, processor) };
  }
  const error = spanError(span);
  if (error === undefined || phase === 'outputStream') return undefined;
  return { how: 'broke', processor, phase, retry: false, error };
}

/** A tripwire as an error of the run. */
export function tripwireError(tripwire: unknown, processor: string): ErrorFacts {
  const reason = readText(tripwire, 'reason') ?? `the processor ${processor} stopped the run`;
  return { type: 'TripWire', message: reason };
}
