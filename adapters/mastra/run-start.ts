import {
  type AdapterRunOptions,
  readField,
  readFirstText,
  readText,
  traceIdFromSeed,
} from '../../src/index.ts';
import { attribute, entityLabel, type ExportedSpan, toTime } from './exported-span.ts';
import { runMetadata } from './metadata.ts';
import { kindOf } from './span-role.ts';

/** What a run's span says at its start. */
export function toRunOptions(span: ExportedSpan): AdapterRunOptions {
  const startTime = toTime(span.startTime);
  return {
    name: runName(span),
    framework: 'mastra',
    kind: kindOf(span),
    input: span.input,
    metadata: runMetadata(span),
    ...(span.tags !== undefined && { tags: span.tags }),
    ...(startTime !== undefined && { startTime }),
  };
}

/** Whom a run belongs to. An agent inside another has a thread that Mastra made up, and inherits instead. */
export function toOwner(
  span: ExportedSpan,
): Pick<AdapterRunOptions, 'userId' | 'conversationCandidates'> {
  const userId = readFirstText(span.metadata, ['userId', 'resourceId']);
  return {
    conversationCandidates: [{ source: 'mastra.thread_id', value: threadOf(span) }],
    ...(userId !== undefined && { userId }),
  };
}

/** The memory's thread. Mastra tells it twice; the caller's own metadata may overwrite the second. */
function threadOf(span: ExportedSpan): unknown {
  return attribute(span, 'conversationId') ?? readField(span.metadata, 'threadId');
}

/** A run that goes on where a suspended one stopped. Mastra puts it into the same trace; here it is a trace of its own. */
export function isResumed(span: ExportedSpan): boolean {
  return span.isRootSpan && readField(span.metadata, 'resumed') === true;
}

/** The span in which the run suspended: one inside an agent, or the workflow itself. */
export function resumedSpanId(span: ExportedSpan): string | undefined {
  return readText(span.metadata, 'resumedFromSpanId') ?? span.parentSpanId;
}

/** Mastra's trace id where it is free, else an id that follows from trace and span and is the same in every process. */
export function toRunId(span: ExportedSpan, isFree: boolean): string {
  const { traceId, id } = span;
  if (!span.isRootSpan) return `${traceId}:${id}`;
  return isFree && !isResumed(span) ? traceId : traceIdFromSeed(`${traceId}:${id}`);
}

const defaultName = /^(?:agent|workflow) run: '/;

/** The agent's name, unless the caller named this very run. */
function runName(span: ExportedSpan): string {
  const isNamed = span.type === 'agent_run' || span.type === 'workflow_run';
  return isNamed && defaultName.test(span.name) ? entityLabel(span) : span.name;
}
