import { isBlank, missingFromParent, rootOf } from '../../../mocks/completeness.ts';
import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { Paint } from '../terminal/paint.ts';
import type { ExpectedEnding } from './scenarios.ts';
import { type Cell, type Column, toTableLines, toText } from '../terminal/table.ts';

/** One run on one wire, as it was found on the server. */
export interface Row {
  readonly wire: string;
  readonly scenario: string;
  readonly found: Found;
  /** Whether name, input and conversation were there while the run was still open. */
  readonly seenOpen: boolean;
  /** What the parent lacks, one sentence each; empty when it is complete. */
  readonly missing: readonly string[];
}

/** What is known of a run's trace: itself, that it did not arrive, or that it cannot be read back here. */
export type Found =
  | { readonly type: 'trace'; readonly trace: FakeTrace }
  | { readonly type: 'nothing' }
  | { readonly type: 'unread' };

/** What a run's trace lacks, a wrong ending included. */
export function missingFromRun(
  trace: FakeTrace | undefined,
  expected: ExpectedEnding | undefined,
): readonly string[] {
  if (trace === undefined) return ['parent: expected a trace on the server, found none'];
  const root = rootOf(trace);
  const metadata = root?.metadata ?? {};
  const found = `${toText(metadata['status'])}/${toText(metadata['reason'])}`;
  const wanted = expected === undefined ? found : `${expected.status}/${expected.reason}`;
  return [
    ...missingFromParent(trace),
    ...(found === wanted ? [] : [`ending: expected ${wanted}, found ${found}`]),
    ...missingFromMessage(root?.statusMessage, expected?.message),
  ];
}

function missingFromMessage(
  found: string | null | undefined,
  wanted: string | undefined,
): readonly string[] {
  if (wanted === undefined || found === wanted) return [];
  return [`message: expected ${toText(wanted)}, found ${toText(found)}`];
}

const columns = [
  { title: 'wire' },
  { title: 'ending' },
  { title: 'name' },
  { title: 'input' },
  { title: 'conversation' },
  { title: 'status' },
  { title: 'output' },
  { title: 'end' },
  { title: 'children', align: 'right' },
  { title: 'seen open' },
  { title: 'complete' },
] as const satisfies readonly Column[];

/** Wire by ending: what is there and what is not. */
export function toCompletenessLines(rows: readonly Row[], paint: Paint): readonly string[] {
  const legend = 'seen open: name, input and conversation were on the server before the run ended';
  const hasUnread = rows.some(({ found }) => found.type === 'unread');
  const notes = hasUnread ? [legend, `${unread.text}: not read back, see its link`] : [legend];
  return [
    ...toTableLines(columns, rows.map(toCells), paint),
    ...notes.map((note) => paint('dim', note)),
  ];
}

const unread: Cell = { text: '·', style: 'dim' };

function toCells({ wire, scenario, found, seenOpen, missing }: Row): readonly Cell[] {
  const isKnown = found.type !== 'unread' || missing.length > 0;
  return [
    { text: wire },
    { text: scenario },
    ...toTraceCells(found),
    mark(seenOpen),
    isKnown ? mark(missing.length === 0) : unread,
  ];
}

/** From `name` to `children`. */
function toTraceCells(found: Found): readonly Cell[] {
  if (found.type === 'unread') return Array.from({ length: 7 }, () => unread);
  const trace = found.type === 'trace' ? found.trace : undefined;
  const root = trace === undefined ? undefined : rootOf(trace);
  const children = trace?.observations.filter((row) => row !== root && row.type !== 'EVENT') ?? [];
  const closed = children.filter(({ endTime }) => endTime !== null);
  const status = root?.metadata['status'];
  return [
    mark(!isBlank(trace?.name)),
    mark(!isBlank(root?.input)),
    mark(!isBlank(trace?.sessionId)),
    isBlank(status) ? mark(false) : { text: toText(status) },
    outputCell(root?.output),
    mark(typeof root?.endTime === 'string'),
    { text: `${closed.length}/${children.length}` },
  ];
}

function mark(isThere: boolean): Cell {
  return isThere ? { text: '✓', style: 'green' } : { text: '✗', style: 'red' };
}

function outputCell(output: unknown): Cell {
  if (isBlank(output)) return mark(false);
  if (typeof output !== 'object' || output === null) return { text: 'result' };
  if ('error' in output) return { text: 'error' };
  return { text: 'pending' in output ? 'pending' : 'result' };
}
