import { type Ending, type ErrorFacts, levelOf } from './ending.ts';
import type { Level, LifecycleRecord } from './records.ts';
import type { RunState } from './lifecycle-state.ts';
import { asJson, type JsonValue } from './json.ts';
import { toPrintableLine } from './printable-line.ts';
import type { StepState } from './step-state.ts';

// What a record weighs besides its payload: ids, times, the object itself.
const recordOverhead = 400;

/** Status messages are for a list in the UI; the whole text stands in the output. */
const statusMessageLimit = 2_000;

/** The run as a sink gets it. */
export function toRunRecord(run: RunState): LifecycleRecord {
  const facts = {
    role: run.parent === undefined ? 'parent' : 'child-run',
    runId: run.runId,
    id: run.spanId,
    ...(run.parent !== undefined && { parentId: run.parent.spanId }),
    trace: run.trace,
    kind: run.kind,
    name: run.name,
    startTime: run.startTime,
    input: run.input === undefined ? '[no input]' : run.input,
    ...(run.completionStartTime !== undefined && { completionStartTime: run.completionStartTime }),
    size: run.size + recordOverhead,
  } as const;
  if (run.ended === undefined) {
    return {
      ...facts,
      phase: 'open',
      ...(run.output !== undefined && { output: run.output }),
      level: 'DEFAULT',
      metadata: { ...run.metadata, status: 'in_progress', ...identityFacts(run) },
    };
  }
  const { ending, time, closedWithParent } = run.ended;
  return {
    ...facts,
    phase: 'ended',
    endTime: time,
    output: toOutput(ending, run.output),
    level: closedWithParent ? 'WARNING' : levelOf(ending),
    ...(ending.status === 'error' && { statusMessage: toStatusMessage(ending.error) }),
    metadata: {
      ...run.metadata,
      ...toEndMetadata(ending),
      ...startFacts(run),
      ...identityFacts(run),
    },
  };
}

/** A step as a sink gets it. */
export function toStepRecord(step: StepState, run: RunState): LifecycleRecord {
  const facts = {
    role: 'step',
    runId: run.runId,
    stepId: step.stepId,
    id: step.spanId,
    parentId: step.parentSpanId,
    trace: run.trace,
    kind: step.kind,
    name: step.name,
    startTime: step.startTime,
    ...(step.input !== undefined && { input: step.input }),
    ...(step.output !== undefined && { output: step.output }),
    ...(step.model !== undefined && { model: step.model }),
    ...(step.modelParameters !== undefined && { modelParameters: step.modelParameters }),
    ...(step.usage !== undefined && { usage: step.usage }),
    ...(step.cost !== undefined && { cost: step.cost }),
    ...(step.completionStartTime !== undefined && {
      completionStartTime: step.completionStartTime,
    }),
    ...(step.prompt !== undefined && { prompt: step.prompt }),
    size: step.size + recordOverhead,
  } as const;
  if (step.ended === undefined) {
    return {
      ...facts,
      phase: 'open',
      level: step.level ?? 'DEFAULT',
      ...message(step.statusMessage),
      metadata: step.metadata,
    };
  }
  const { error, outcome, time } = step.ended;
  return {
    ...facts,
    phase: 'ended',
    endTime: time,
    ...(error !== undefined && { output: toErrorOutput(error, step.output) }),
    level: step.level ?? stepLevel[outcome],
    ...message(step.statusMessage ?? (error === undefined ? undefined : toStatusMessage(error))),
    metadata: {
      ...step.metadata,
      ...(error !== undefined && errorMetadata(error)),
      ...(outcome === 'closed' && { closed_with_run: true }),
    },
  };
}

const stepLevel = {
  completed: 'DEFAULT',
  suspended: 'DEFAULT',
  aborted: 'WARNING',
  closed: 'WARNING',
  error: 'ERROR',
} as const satisfies Record<string, Level>;

function toOutput(ending: Ending, soFar: JsonValue | undefined): JsonValue {
  switch (ending.status) {
    case 'completed': {
      const output = known(ending.output, soFar);
      return output === undefined ? '[no output]' : output;
    }
    case 'suspended':
      return { pending: asJson(ending.pending) };
    case 'error': {
      const partialOutput = known(ending.partialOutput, soFar);
      return {
        error: { ...errorPayload(ending.error), reason: ending.reason },
        ...(partialOutput !== undefined && { partialOutput }),
        ...(ending.react !== undefined && { react: asJson(ending.react) }),
      };
    }
    default:
      return ending satisfies never;
  }
}

function toErrorOutput(error: ErrorFacts, soFar: JsonValue | undefined): JsonValue {
  return { error: errorPayload(error), ...(soFar !== undefined && { partialOutput: soFar }) };
}

/** The error without its stacks, which stand in the metadata and would drown the message. */
function errorPayload(error: ErrorFacts): { readonly [key: string]: JsonValue } {
  return {
    type: error.type,
    message: error.message,
    ...(error.code !== undefined && { code: error.code }),
    ...(error.cause !== undefined && { cause: errorPayload(error.cause) }),
    ...(error.errors !== undefined && { errors: error.errors.map(errorPayload) }),
  };
}

function toEndMetadata(ending: Ending): Readonly<Record<string, JsonValue>> {
  return {
    status: ending.status,
    reason: ending.reason,
    ...(ending.status === 'error' && errorMetadata(ending.error)),
  };
}

function errorMetadata(error: ErrorFacts): Readonly<Record<string, JsonValue>> {
  return { error_type: error.type, ...(error.stack !== undefined && { error_stack: error.stack }) };
}

function startFacts(run: RunState): Readonly<Record<string, JsonValue>> {
  return run.start === 'synthesised' ? { start: 'synthesised' } : {};
}

/** How the run is found again: its own id where the trace has another, and where its conversation came from. */
function identityFacts(run: RunState): Readonly<Record<string, JsonValue>> {
  return {
    ...(run.runId !== run.trace.traceId && { run_id: toPrintableLine(run.runId) }),
    conversation_id_source: run.conversationSource,
    ...(run.conversationConflict.length > 0 && {
      conversation_id_conflict: run.conversationConflict,
    }),
  };
}

function toStatusMessage(error: ErrorFacts): string {
  const text = error.message.trim() === '' ? error.type : error.message;
  if (text.length <= statusMessageLimit) return text;
  // Half a surrogate pair would make Langfuse lose the whole batch.
  return `${text.slice(0, statusMessageLimit).toWellFormed()}… [truncated ${text.length} → ${statusMessageLimit} chars]`;
}

function message(text: string | undefined): { readonly statusMessage?: string } {
  return text === undefined ? {} : { statusMessage: text };
}

/** The value that was told, else what was known before; null is a value. */
function known(told: unknown, before: JsonValue | undefined): JsonValue | undefined {
  return told === undefined ? before : asJson(told);
}
