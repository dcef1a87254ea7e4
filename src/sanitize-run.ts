import type { RunState } from './lifecycle-state.ts';
import { asJson, asJsonRecord } from './json.ts';
import type { TraceFacts } from './records.ts';
import type { Sanitizer } from './sanitize.ts';
import { sanitizedConversationId } from './sanitize-event.ts';
import {
  createScale,
  labelLength,
  mostConflicts,
  nameLength,
  type Scale,
} from './sanitize-scale.ts';

/**
 * An open run that came from another process, sanitized and weighed anew: a token is not signed, and the process that made
 * it may redact less than this one.
 */
export function sanitizeRun(run: RunState, sanitizer: Sanitizer): RunState {
  const scale = createScale(sanitizer);
  const { input, output } = run;
  const sanitized = {
    ...run,
    name: scale.text(run.name, nameLength),
    trace: sanitizedTrace(run.trace, scale),
    ...(input !== undefined && { input: asJson(scale.payload(input)) }),
    ...(output !== undefined && { output: asJson(scale.payload(output)) }),
    metadata: asJsonRecord(scale.object(run.metadata)),
    conversationSource: scale.text(run.conversationSource, labelLength),
    conversationConflict: run.conversationConflict
      .slice(0, mostConflicts)
      .map((source) => scale.text(source, labelLength)),
  };
  return { ...sanitized, size: scale.total() };
}

function sanitizedTrace(trace: TraceFacts, scale: Scale): TraceFacts {
  const { conversationId: told, ...rest } = trace;
  const { conversationId } = sanitizedConversationId(told, scale);
  return {
    ...rest,
    name: scale.text(trace.name, nameLength),
    ...(conversationId !== undefined && { conversationId }),
    ...(trace.userId !== undefined && { userId: scale.text(trace.userId, labelLength) }),
    ...(trace.tags !== undefined && {
      tags: trace.tags.map((tag) => scale.text(tag, labelLength)),
    }),
    ...(trace.version !== undefined && { version: scale.text(trace.version, labelLength) }),
  };
}
