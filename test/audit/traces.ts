import type { ParentRow, ChildRow } from '../../adapters/langfuse/reads/audit-row.ts';
import type {
  AuditedParent,
  ParentlessTrace,
} from '../../adapters/langfuse/reads/audited-trace.ts';
import type { Rules } from '../../adapters/cli/audit/measure/verdict.ts';

export const hourMs = 3_600_000;

/** The moment of every audit that these traces are judged at. */
export const now = Date.parse('2026-11-23T12:00:00.000Z');

export const rules: Rules = { now, staleAfterMs: hourMs, conversation: 'declared' };

/** A complete parent, two hours old. */
export function parent(changes: Partial<AuditedParent> = {}): AuditedParent {
  return {
    type: 'parent',
    traceId: 'trace-1',
    startTime: now - 2 * hourMs,
    name: 'support-agent',
    environment: 'default',
    hasInput: true,
    hasOutcome: true,
    hasConversation: true,
    conversationSource: 'call.conversationId',
    ending: { type: 'ended', status: 'completed', reason: 'stop' },
    ...changes,
  };
}

/** Children without a parent, two hours old. */
export function parentless(changes: Partial<ParentlessTrace> = {}): ParentlessTrace {
  return {
    type: 'no-parent',
    traceId: 'trace-1',
    startTime: now - 2 * hourMs,
    name: 'support-agent',
    environment: 'default',
    isAnnounced: false,
    ...changes,
  };
}

const ended = { isOpen: false, isError: false, hasMessage: false } as const;

/** A root of a foreign tracer that ended well. */
export function parentRow(changes: Partial<ParentRow> = {}): ParentRow {
  return {
    type: 'parent',
    form: 'root',
    traceId: 'trace-1',
    id: 'root-1',
    time: now - 2 * hourMs,
    name: 'support-agent',
    environment: 'default',
    facts: { hasInput: true, hasConversation: true },
    hasOutput: true,
    status: undefined,
    reason: undefined,
    end: ended,
    ...changes,
  };
}

/** An ended step, a second later. */
export function childRow(changes: Partial<ChildRow> = {}): ChildRow {
  return {
    type: 'child',
    form: 'inner',
    traceId: 'trace-1',
    id: 'child-1',
    time: now - 2 * hourMs + 1_000,
    name: '',
    environment: 'default',
    end: ended,
    ...changes,
  };
}
