import { classifyFailure, type Ending, readText } from '../../src/index.ts';
import {
  attribute,
  entityLabel,
  type ExportedSpan,
  spanError,
  textAttribute,
} from './exported-span.ts';
import { type ProcessorStop, toStop } from './processor-stop.ts';
import {
  isSuspended,
  type OpenToolCall,
  toApproval,
  toClientCall,
  toSuspendedCall,
} from './tool-call.ts';

/**
 * What the spans inside a run told so far, because the span of an agent says how it ended in some cases only.
 * A value; the newest tool output in it is Mastra's copy and not the tool's own object.
 */
export interface RunProgress {
  /** Rounds of the loop. */
  readonly iterations: number;
  readonly toolsUsed: readonly string[];
  readonly lastObservation?: unknown;
  /** Whether a model was called at all. */
  readonly hasModel: boolean;
  /** What the model said last. */
  readonly text?: string;
  /** Whether the caller asked Mastra to hide outputs, so that one that is missing says nothing. */
  readonly isOutputHidden: boolean;
  readonly availableTools: readonly string[];
  /** Ids of the workflow steps that suspended. */
  readonly suspendedSteps: readonly string[];
  readonly round: Round;
}

/** One round of an agent's loop: a call of the model, and of the tools that it asks for. The next one begins anew. */
interface Round {
  /** The last model span's word, in the words of the AI SDK plus `aborted`, `suspended` and `tripwire`. */
  readonly finishReason?: string;
  /** How the tool failed that failed last. */
  readonly toolFailure?: Ending;
  /** Calls that the client is to answer. */
  readonly clientCalls: readonly OpenToolCall[];
  /** Calls that wait for an approval. */
  readonly approvals: readonly OpenToolCall[];
  /** Calls whose tool suspended itself. */
  readonly suspendedCalls: readonly OpenToolCall[];
  /** How a run inside suspended, which is what this one waits for when it suspends too. */
  readonly innerSuspension?: Suspension;
  /** What a processor did to the run. */
  readonly stop?: ProcessorStop;
}

/** The ending of a run that waits. */
type Suspension = Extract<Ending, { readonly status: 'suspended' }>;

const newRound: Round = { clientCalls: [], approvals: [], suspendedCalls: [] };

/** Nothing told yet. */
export const noProgress: RunProgress = {
  iterations: 0,
  toolsUsed: [],
  hasModel: false,
  isOutputHidden: false,
  availableTools: [],
  suspendedSteps: [],
  round: newRound,
};

/** The progress after a span inside the run began. */
export function withStarted(progress: RunProgress, span: ExportedSpan): RunProgress {
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

/** The progress after a span was updated: an agent tells its tools once it knows them. */
export function withTools(progress: RunProgress, span: ExportedSpan): RunProgress {
  const tools = attribute(span, 'availableTools');
  if (span.type !== 'agent_run' || !Array.isArray(tools)) return progress;
  return { ...progress, availableTools: tools.filter((tool) => typeof tool === 'string') };
}

/** The progress after a span inside the run ended. */
export function withEnded(progress: RunProgress, span: ExportedSpan): RunProgress {
  switch (span.type) {
    case 'model_generation':
    case 'model_step':
    case 'model_inference':
      return withModelEnd(progress, span);
    case 'tool_call':
    case 'mcp_tool_call':
      return withToolEnd(progress, span);
    case 'client_tool_call':
      return inRound(progress, {
        clientCalls: [...progress.round.clientCalls, toClientCall(span)],
      });
    case 'model_chunk':
      return withApproval(progress, span);
    case 'processor_run':
    case 'memory_operation': {
      const stop = toStop(span);
      return stop === undefined ? progress : inRound(progress, { stop });
    }
    case 'workflow_step': {
      if (textAttribute(span, 'status') !== 'suspended') return progress;
      const step = span.entityId ?? entityLabel(span);
      return { ...progress, suspendedSteps: [...progress.suspendedSteps, step] };
    }
    default:
      return progress;
  }
}

/**
 * The round that a model span belongs to; either kind may be excluded from the export. A new one is past what a processor
 * asked to try again, and what the last round's tools did.
 */
function withRound(progress: RunProgress, span: ExportedSpan): RunProgress {
  const index = attribute(span, 'stepIndex');
  const iterations = typeof index === 'number' ? index + 1 : progress.iterations + 1;
  if (iterations <= progress.iterations) return progress;
  return { ...progress, iterations, round: newRound };
}

/** More became known of the present round. */
export function inRound(progress: RunProgress, facts: Partial<Round>): RunProgress {
  return { ...progress, round: { ...progress.round, ...facts } };
}

function withModelEnd(progress: RunProgress, span: ExportedSpan): RunProgress {
  const finishReason = textAttribute(span, 'finishReason');
  const text = readText(span.output, 'text');
  const known = { ...progress, hasModel: true, ...(text !== undefined && { text }) };
  if (finishReason === undefined) return known;
  return inRound({ ...known, isOutputHidden: span.output === undefined }, { finishReason });
}

function withToolEnd(progress: RunProgress, span: ExportedSpan): RunProgress {
  if (isSuspended(span)) {
    const suspendedCalls = [...progress.round.suspendedCalls, toSuspendedCall(span)];
    return inRound(progress, { suspendedCalls });
  }
  const { output, errorInfo } = span;
  const known = { ...progress, lastObservation: output ?? spanError(span)?.message };
  return errorInfo === undefined
    ? known
    : inRound(known, { toolFailure: classifyFailure(errorInfo) });
}

function withApproval(progress: RunProgress, span: ExportedSpan): RunProgress {
  const call = toApproval(span);
  if (call === undefined) return progress;
  const { approvals } = progress.round;
  const isKnown = approvals.some(({ toolCallId }) => toolCallId === call.toolCallId);
  return isKnown ? progress : inRound(progress, { approvals: [...approvals, call] });
}
