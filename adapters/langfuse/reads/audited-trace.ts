/** A trace as the audit measures it: what is known of its parent, and nothing of its payload. */
export type AuditedTrace = AuditedParent | ParentlessTrace;

/** A trace whose parent is there: on v4 its root observation, before that the trace with its own root. */
export interface AuditedParent extends TraceIdentity {
  readonly type: 'parent';
  readonly hasInput: boolean;
  /** An output, or a status message that says what went wrong. */
  readonly hasOutcome: boolean;
  readonly hasConversation: boolean;
  /** `conversation_id_source` of the metadata: who gave the id, or `missing` when the run says that there is none. */
  readonly conversationSource?: string;
  readonly ending: ParentEnding;
}

/** A trace of which only children or a start marker are there. */
export interface ParentlessTrace extends TraceIdentity {
  readonly type: 'no-parent';
  /** There is a start marker: the run had begun and was named. */
  readonly isAnnounced: boolean;
}

/** What every trace has. */
export interface TraceIdentity {
  readonly traceId: string;
  /** When the parent began, or the first row without one. Milliseconds since the epoch. */
  readonly startTime: number;
  /** Empty when there is none. */
  readonly name: string;
  readonly environment: string;
}

/** How a parent ended, by its own word or by what can be seen of it. */
export type ParentEnding =
  | { readonly type: 'open' }
  | {
      readonly type: 'ended';
      readonly status: TerminalStatus;
      /** Absent when the trace does not tell it. */
      readonly reason?: string;
    };

/** What a run ends as. */
export type TerminalStatus = 'completed' | 'error' | 'suspended';

/** A stretch of time, milliseconds since the epoch. */
export interface AuditWindow {
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}
