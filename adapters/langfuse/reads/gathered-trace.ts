import type { AuditRow, ChildRow, ParentRow } from './audit-row.ts';
import type { AuditedTrace, ParentEnding, TerminalStatus } from './audited-trace.ts';

/** What the rows of a trace said, in any order. */
export interface Gathered {
  readonly traceId: string;
  /** Start of the earliest row. */
  readonly time: number;
  readonly name: string;
  readonly environment: string;
  readonly parent: ParentRow | undefined;
  readonly isAnnounced: boolean;
  readonly hasInner: boolean;
  readonly hasTop: boolean;
  readonly isTopOpen: boolean;
  readonly isTopEnded: boolean;
  readonly isTopError: boolean;
  readonly hasTopMessage: boolean;
}

function emptyOf({ traceId, time, environment }: AuditRow): Gathered {
  return {
    traceId,
    time,
    name: '',
    environment,
    parent: undefined,
    isAnnounced: false,
    hasInner: false,
    hasTop: false,
    isTopOpen: false,
    isTopEnded: false,
    isTopError: false,
    hasTopMessage: false,
  };
}

/** What is known with one more row. The same whatever the order of the rows. */
export function gather(before: Gathered | undefined, row: AuditRow): Gathered {
  const known = before ?? emptyOf(row);
  const isEarlier =
    row.time < known.time || (row.time === known.time && row.environment < known.environment);
  const shared = {
    ...known,
    ...(isEarlier && { time: row.time, environment: row.environment }),
    // A trace has one name, and where it has two the smaller one stays.
    name: known.name === '' || (row.name !== '' && row.name < known.name) ? row.name : known.name,
  };
  return row.type === 'parent'
    ? { ...shared, parent: betterParent(known.parent, row) }
    : gatherChild(shared, row);
}

function gatherChild(known: Gathered, { form, end }: ChildRow): Gathered {
  switch (form) {
    case 'marker':
      return { ...known, isAnnounced: true };
    case 'event':
      return known;
    case 'inner':
      return { ...known, hasInner: true };
    case 'top':
      return {
        ...known,
        hasTop: true,
        isTopOpen: known.isTopOpen || end.isOpen,
        isTopEnded: known.isTopEnded || !end.isOpen,
        isTopError: known.isTopError || end.isError,
        hasTopMessage: known.hasTopMessage || end.hasMessage,
      };
    default:
      return form satisfies never;
  }
}

// A root beats the copy of a legacy trace, and of two the later one counts, as for Langfuse itself. Two rows of one
// export may show for a while: together they are one.
function betterParent(known: ParentRow | undefined, row: ParentRow): ParentRow {
  if (known === undefined) return row;
  const order = rankOf(row) - rankOf(known) || row.time - known.time || compare(row.id, known.id);
  if (order !== 0) return order > 0 ? row : known;
  const chosen = compare(textOf(row), textOf(known)) > 0 ? row : known;
  return {
    ...chosen,
    facts: {
      ...chosen.facts,
      hasInput: known.facts.hasInput || row.facts.hasInput,
      hasConversation: known.facts.hasConversation || row.facts.hasConversation,
    },
    hasOutput: known.hasOutput || row.hasOutput,
  };
}

function textOf({ name, environment, status, reason, end, facts }: ParentRow): string {
  return JSON.stringify([name, environment, status, reason, end, facts.conversationSource]);
}

function rankOf({ form }: ParentRow): number {
  return form === 'root' ? 1 : 0;
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/**
 * What the rows say together; undefined for a lone event, because nothing says that there was a run. `readsChildren`: all
 * children were read, so that a trace with children but none at its top has no root.
 */
export function toTrace(
  gathered: Gathered,
  { readsChildren }: { readonly readsChildren: boolean },
): AuditedTrace | undefined {
  const { traceId, parent, hasInner, hasTop, isAnnounced } = gathered;
  const hasChildren = hasInner || isAnnounced;
  const isRootless = parent?.form === 'trace' && hasChildren && !hasTop && readsChildren;
  if (parent === undefined || isRootless) {
    if (!hasChildren && !hasTop) return undefined;
    const { time, name, environment } = gathered;
    return {
      type: 'no-parent',
      traceId,
      startTime: time,
      name: parent?.name ?? name,
      environment,
      isAnnounced,
    };
  }
  const { hasTopMessage } = gathered;
  return {
    type: 'parent',
    traceId,
    startTime: parent.time,
    name: parent.name,
    environment: parent.environment,
    ...parent.facts,
    hasOutcome: parent.hasOutput || parent.end.hasMessage || hasTopMessage,
    ending: endingOf(parent, { ...gathered, readsChildren }),
  };
}

const terminalStatuses: readonly TerminalStatus[] = ['completed', 'error', 'suspended'];

function endingOf(
  { form, status, reason, end, hasOutput }: ParentRow,
  seen: Gathered & { readonly readsChildren: boolean },
): ParentEnding {
  const told = terminalStatuses.find((known) => known === status);
  if (told !== undefined) {
    return { type: 'ended', status: told, ...(reason !== undefined && { reason }) };
  }
  if (status === 'in_progress') return { type: 'open' };
  if (form === 'root') {
    return end.isOpen
      ? { type: 'open' }
      : { type: 'ended', status: end.isError ? 'error' : 'completed' };
  }
  if (seen.isTopOpen) return { type: 'open' };
  if (seen.isTopError) return { type: 'ended', status: 'error' };
  // Without children to look at, a legacy trace that nothing is known to be open of counts as ended.
  const isEnded = seen.isTopEnded || hasOutput || !seen.readsChildren;
  return isEnded ? { type: 'ended', status: 'completed' } : { type: 'open' };
}
