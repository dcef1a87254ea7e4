import { element, icon, type Content } from './dom.ts';
import { toHash } from './routes.ts';
import type { RunRow } from './run-row.ts';

/** The columns of the list, in order; the style sheet knows their widths. */
export const runColumns = [
  { title: 'Status', className: 'cell-status' },
  { title: 'Run', className: 'cell-name' },
  { title: 'Error or input', className: 'cell-gist' },
  { title: 'Conversation', className: 'cell-conversation' },
  { title: 'Started', className: 'cell-started' },
  { title: 'Duration', className: 'cell-duration' },
  { title: 'Steps', className: 'cell-steps' },
  { title: 'Tokens', className: 'cell-tokens' },
  { title: 'Cost', className: 'cell-cost' },
  { title: 'Parent', className: 'cell-parent' },
] as const;

/** Makes an empty row of the list. */
export function createRunRow(): HTMLElement {
  const cells = runColumns.map(({ className }) =>
    element('div', { role: 'gridcell', class: className }),
  );
  return element('div', { role: 'row', class: 'row run-row' }, cells);
}

/**
 * Writes a run into a row of the list. Only cells that say something else are touched: a click on something that is replaced
 * while the button is down is no click.
 */
export function fillRunRow(row: HTMLElement, run: RunRow): void {
  const before = shown.get(row);
  if (before !== undefined && JSON.stringify(before) === JSON.stringify(run)) return;
  shown.set(row, run);
  for (const [index, content] of cellContents.entries()) {
    if (before !== undefined && content.signature(before) === content.signature(run)) continue;
    row.children[index]?.replaceChildren(...content.make(run));
  }
}

const shown = new WeakMap<HTMLElement, RunRow>();

interface CellContent {
  readonly signature: (run: RunRow) => string;
  readonly make: (run: RunRow) => readonly Content[];
}

const cellContents: readonly CellContent[] = [
  {
    signature: ({ status, reason }) => `${status} ${reason}`,
    make: statusContent,
  },
  { signature: ({ id, name }) => `${id} ${name}`, make: nameContent },
  {
    signature: ({ gist, gistKind }) => `${gistKind} ${gist}`,
    make: ({ gist, gistKind }) => [
      element('span', { class: `gist gist-${gistKind}`, title: gist }, [gist]),
    ],
  },
  { signature: ({ conversation }) => conversation, make: conversationContent },
  {
    signature: ({ started }) => started,
    make: ({ started, startedExactly }) => [
      element('time', { datetime: startedExactly, title: startedExactly }, [started]),
    ],
  },
  ...(['duration', 'steps', 'tokens', 'cost'] as const).map((key): CellContent => ({
    signature: (run) => run[key],
    make: (run) => [run[key]],
  })),
  {
    signature: ({ verdictText }) => verdictText,
    make: ({ verdict, verdictText }) => [
      element('span', { class: `verdict verdict-${verdict}` }, [icon(verdict), verdictText]),
    ],
  },
];

function nameContent({ id, name }: RunRow): readonly Content[] {
  const href = toHash({ view: 'run', id, step: undefined });
  return [element('a', { href, tabindex: -1, title: name }, [name])];
}

function conversationContent({ conversation: id }: RunRow): readonly Content[] {
  if (id === '') return [];
  return [
    element('a', { href: toHash({ view: 'conversation', id }), tabindex: -1, title: id }, [id]),
  ];
}

/** The status with its picture and its reason. */
export function statusContent({
  status,
  statusText,
  reason,
}: Pick<RunRow, 'status' | 'statusText' | 'reason'>): readonly Content[] {
  return [
    element('span', { class: `status status-${status}` }, [icon(status), statusText]),
    ...(reason === '' ? [] : [' ', element('span', { class: 'reason', title: reason }, [reason])]),
  ];
}
