import type { AuditedParent } from './audited-trace.ts';

/** One row of either model, reduced to what the audit needs. Rows of a trace come in any order. */
export type AuditRow = ParentRow | ChildRow;

/** What Langfuse lists as a run. */
export interface ParentRow extends RowIdentity {
  readonly type: 'parent';
  /**
   * `root`: an observation, which tells its own end. `trace`: a legacy trace, or its copy in the v4 table (`t-<traceId>`),
   * whose end is that of the observations right below it.
   */
  readonly form: 'root' | 'trace';
  readonly facts: Pick<AuditedParent, 'hasInput' | 'hasConversation' | 'conversationSource'>;
  readonly hasOutput: boolean;
  /** `status` of the metadata. */
  readonly status: string | undefined;
  /** `reason` of the metadata. */
  readonly reason: string | undefined;
  /** Of a root: its own. Of a trace: nothing, `ended` without a message. */
  readonly end: RowEnd;
}

/** An observation below a parent. */
export interface ChildRow extends RowIdentity {
  readonly type: 'child';
  /**
   * `top`: right below a legacy trace, so its end is that of the trace. `event`: there too, but without an end. `marker`:
   * says that a run has begun. `inner`: below another observation.
   */
  readonly form: 'top' | 'inner' | 'marker' | 'event';
  readonly end: RowEnd;
}

/** What every row has. */
export interface RowIdentity {
  readonly traceId: string;
  readonly id: string;
  /** When it began, milliseconds since the epoch. */
  readonly time: number;
  /** Name of the trace as the row knows it; empty when it does not. */
  readonly name: string;
  readonly environment: string;
}

/** How an observation looks from outside. */
export interface RowEnd {
  readonly isOpen: boolean;
  readonly isError: boolean;
  readonly hasMessage: boolean;
}

/** Whether it is text that says something. */
export function isText(value: string | null | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function entryOf(
  metadata: Readonly<Record<string, unknown>> | null | undefined,
  key: string,
): string | undefined {
  const value = metadata?.[key];
  return typeof value === 'string' && isText(value) ? value : undefined;
}

/** The end of a row that tells nothing of one: a legacy trace, or its copy. */
export const untoldEnd: RowEnd = { isOpen: false, isError: false, hasMessage: false };

/** What a run wrote about itself into its metadata. */
export function wordsOf(
  metadata: Readonly<Record<string, unknown>> | null | undefined,
): Pick<ParentRow, 'status' | 'reason'> & Pick<ParentRow['facts'], 'conversationSource'> {
  const source = entryOf(metadata, 'conversation_id_source');
  return {
    status: entryOf(metadata, 'status'),
    reason: entryOf(metadata, 'reason'),
    ...(source !== undefined && { conversationSource: source }),
  };
}

/** The end of an observation, from its columns. */
export function endOf(row: {
  readonly endTime?: string | null | undefined;
  readonly level?: string | null | undefined;
  readonly statusMessage?: string | null | undefined;
}): RowEnd {
  return {
    isOpen: !isText(row.endTime),
    isError: row.level === 'ERROR',
    hasMessage: isText(row.statusMessage),
  };
}
