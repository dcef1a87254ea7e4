import { type Ending, readEntries, readField, readText } from '../../src/index.ts';
import { toPlain } from './plain-value.ts';

/** What a graph waits for. */
export interface Pause {
  /** `pending`, `interrupt_before`, `interrupt_after`. */
  readonly status: string;
  readonly checkpointId?: string;
  /** The open questions; a breakpoint has none. */
  readonly interrupts: readonly unknown[];
}

type Suspension = Ending & { readonly status: 'suspended' };

/** The pause of an interrupt event or of a thrown interrupt. */
export function toPause(source: unknown): Pause {
  const checkpointId = readText(source, 'checkpointId');
  return {
    status: readText(source, 'status') ?? 'pending',
    ...(checkpointId !== undefined && { checkpointId }),
    interrupts: readEntries(readField(source, 'interrupts'), 100).map((entry) => toPlain(entry)),
  };
}

/** The ending of a run that waits. */
export function toSuspension({ status, checkpointId, interrupts }: Pause): Suspension {
  if (interrupts.length === 0) {
    // A breakpoint asks nothing; whoever set it goes on when it likes.
    const checkpoint = checkpointId === undefined ? {} : { checkpoint_id: checkpointId };
    return { status: 'suspended', reason: 'checkpoint', pending: [{ status, ...checkpoint }] };
  }
  const isApproval = interrupts.some((entry) =>
    Array.isArray(readField(readField(entry, 'value'), 'actionRequests')),
  );
  const reason = isApproval ? 'approval_required' : 'input_required';
  return { status: 'suspended', reason, pending: interrupts };
}

/** The same of a run that threw to pause; `ending` is what the core makes of the error. */
export function toThrownSuspension(ending: Suspension, error: unknown): Suspension {
  if (ending.pending.length > 0) {
    return { ...ending, pending: ending.pending.map((entry) => toPlain(entry)) };
  }
  const cause = readText(error, 'reason');
  const status = readText(error, 'name') ?? 'paused';
  return { ...ending, pending: [{ status, ...(cause !== undefined && { cause }) }] };
}
