import type { AuditedTrace } from '../../../langfuse/reads/audited-trace.ts';

/** What a parent can lack. */
export type Missing =
  | 'parent'
  | 'name'
  | 'input'
  | 'conversation id'
  | 'terminal status'
  | 'output or error';

/** What the audit says of one trace. */
export type Verdict =
  /** It has begun lately and has not ended: nothing can be said yet. */
  | { readonly type: 'running' }
  | {
      readonly type: 'due';
      /** Empty when the parent is complete. */
      readonly missing: readonly Missing[];
      /** It should have ended, and has not. */
      readonly isStale: boolean;
      /** Children whose parent nobody announced and nobody sent. */
      readonly isOrphan: boolean;
      readonly ending: EndingKey;
    };

/** How a trace ended, or why that is not known. */
export interface EndingKey {
  readonly status: 'completed' | 'error' | 'suspended' | 'in_progress' | 'no_parent';
  readonly reason: string;
}

/** When a parent has to have a conversation id: always, or unless it says that there is none. */
export type ConversationRule = 'declared' | 'required';

/** By what traces are judged. */
export interface Rules {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** No run takes longer than this, milliseconds. */
  readonly staleAfterMs: number;
  readonly conversation: ConversationRule;
}

/** Where the reason of an ending is not told. */
export const untold = 'not told';

/** Judges a trace by itself. */
export function judge(trace: AuditedTrace, rules: Rules): Verdict {
  const isOld = rules.now - trace.startTime >= rules.staleAfterMs;
  if (trace.type === 'no-parent') {
    if (!isOld) return { type: 'running' };
    const reason = trace.isAnnounced ? 'start marker only' : 'children only';
    return {
      type: 'due',
      missing: ['parent'],
      isStale: true,
      isOrphan: !trace.isAnnounced,
      ending: { status: 'no_parent', reason },
    };
  }
  const isOpen = trace.ending.type === 'open';
  if (isOpen && !isOld) return { type: 'running' };
  return {
    type: 'due',
    missing: missingOf(trace, rules),
    isStale: isOpen,
    isOrphan: false,
    ending:
      trace.ending.type === 'open'
        ? { status: 'in_progress', reason: untold }
        : { status: trace.ending.status, reason: trace.ending.reason ?? untold },
  };
}

type Parent = Extract<AuditedTrace, { type: 'parent' }>;

function missingOf(trace: Parent, rules: Rules): readonly Missing[] {
  const lacks: readonly (readonly [Missing, boolean])[] = [
    ['name', trace.name === ''],
    ['input', !trace.hasInput],
    ['conversation id', !isConversationSettled(trace, rules)],
    ['terminal status', trace.ending.type === 'open'],
    ['output or error', !trace.hasOutcome],
  ];
  return lacks.filter(([, isMissing]) => isMissing).map(([missing]) => missing);
}

function isConversationSettled(trace: Parent, { conversation }: Rules): boolean {
  if (trace.hasConversation) return true;
  return conversation === 'declared' && trace.conversationSource === 'missing';
}
