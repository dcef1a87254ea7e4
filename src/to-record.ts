import { type Ending, type ErrorFacts, levelOf } from './ending.ts';
import type { EndedRecord, Level, LifecycleRecord, OpenRecord } from './records.ts';
import type { RunState } from './lifecycle-state.ts';
import { asJson, type JsonValue } from './json.ts';
import { toPrintableLine } from './printable-line.ts';
import type { StepState } from './step-state.ts';

/** Status messages are for a list in the UI; the whole text stands in the output. */
const statusMessageLimit = 2_000;

/** A record under construction. */
type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

/** The run as a sink gets it; `size` as in the record. */
export function toRunRecord(run: RunState, size: number): LifecycleRecord {
  const { ended } = run;
  if (ended === undefined) {
    const record: Draft<OpenRecord> = {
      ...runFrame(run, size),
      phase: 'open',
      level: 'DEFAULT',
      metadata: { ...run.metadata, status: 'in_progress', ...identityFacts(run) },
    };
    if (run.output !== undefined) record.output = run.output;
    return record;
  }
  const { ending, time, closedWithParent } = ended;
  const record: Draft<EndedRecord> = {
    ...runFrame(run, size),
    phase: 'ended',
    endTime: time,
    output: toOutput(ending, run.output),
    level: closedWithParent ? 'WARNING' : levelOf(ending),
    metadata: {
      ...run.metadata,
      ...toEndMetadata(ending),
      ...startFacts(run),
      ...identityFacts(run),
    },
  };
  if (ending.status === 'error') record.statusMessage = toStatusMessage(ending.error);
  return record;
}

function runFrame(run: RunState, size: number): Omit<OpenRecord, 'phase' | 'level' | 'metadata'> {
  const { parent, completionStartTime } = run;
  const frame: Draft<ReturnType<typeof runFrame>> = {
    role: parent === undefined ? 'parent' : 'child-run',
    runId: run.runId,
    id: run.spanId,
    trace: run.trace,
    kind: run.kind,
    name: run.name,
    startTime: run.startTime,
    input: run.input === undefined ? '[no input]' : run.input,
    size,
  };
  if (parent !== undefined) frame.parentId = parent.spanId;
  if (completionStartTime !== undefined) frame.completionStartTime = completionStartTime;
  return frame;
}

/** A step as a sink gets it; `size` as in the record. */
export function toStepRecord(step: StepState, run: RunState, size: number): LifecycleRecord {
  const { ended } = step;
  if (ended === undefined) {
    const record: Draft<OpenRecord> = { ...stepFrame(step, run, size), phase: 'open' };
    putFacts(record, step);
    return record;
  }
  const { error, outcome, time } = ended;
  const record: Draft<EndedRecord> = {
    ...stepFrame(step, run, size),
    phase: 'ended',
    endTime: time,
    level: step.level ?? stepLevel[outcome],
  };
  putFacts(record, step);
  if (error !== undefined) {
    record.output = toErrorOutput(error, step.output);
    record.statusMessage ??= toStatusMessage(error);
    record.metadata = { ...step.metadata, ...errorMetadata(error) };
  }
  if (outcome === 'closed') record.metadata = { ...record.metadata, closed_with_run: true };
  return record;
}

function stepFrame(step: StepState, run: RunState, size: number) {
  return {
    role: 'step',
    runId: run.runId,
    stepId: step.stepId,
    id: step.spanId,
    parentId: step.parentSpanId,
    trace: run.trace,
    kind: step.kind,
    name: step.name,
    startTime: step.startTime,
    level: step.level ?? 'DEFAULT',
    metadata: step.metadata,
    size,
  } as const;
}

// Assigned one by one: a record is made at every event of a step, and a spread per field is what would cost.
function putFacts(record: Draft<LifecycleRecord>, step: StepState): void {
  const { input, output, model, modelParameters, usage, cost } = step;
  const { completionStartTime, prompt, statusMessage } = step;
  if (input !== undefined) record.input = input;
  if (output !== undefined) record.output = output;
  if (model !== undefined) record.model = model;
  if (modelParameters !== undefined) record.modelParameters = modelParameters;
  if (usage !== undefined) record.usage = usage;
  if (cost !== undefined) record.cost = cost;
  if (completionStartTime !== undefined) record.completionStartTime = completionStartTime;
  if (prompt !== undefined) record.prompt = prompt;
  if (statusMessage !== undefined) record.statusMessage = statusMessage;
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

/** The value that was told, else what was known before; null is a value. */
function known(told: unknown, before: JsonValue | undefined): JsonValue | undefined {
  return told === undefined ? before : asJson(told);
}
