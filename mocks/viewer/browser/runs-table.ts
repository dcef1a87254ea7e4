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

/** Writes a run into a row of the list; does nothing when the same stands there. */
export function fillRunRow(row: HTMLElement, run: RunRow): void {
  const signature = JSON.stringify(run);
  if (signatures.get(row) === signature) return;
  signatures.set(row, signature);
  const contents = cellContents(run);
  row.replaceChildren(
    ...runColumns.map(({ className }, index) =>
      element('div', { role: 'gridcell', class: className }, contents[index] ?? []),
    ),
  );
}

const signatures = new WeakMap<HTMLElement, string>();

function cellContents(run: RunRow): readonly (readonly Content[])[] {
  const conversation: readonly Content[] =
    run.conversation === ''
      ? []
      : [
          element(
            'a',
            {
              href: toHash({ view: 'conversation', id: run.conversation }),
              tabindex: -1,
              title: run.conversation,
            },
            [run.conversation],
          ),
        ];
  return [
    statusContent(run),
    [
      element(
        'a',
        {
          href: toHash({ view: 'run', id: run.id, step: undefined }),
          tabindex: -1,
          title: run.name,
        },
        [run.name],
      ),
    ],
    [element('span', { class: `gist gist-${run.gistKind}`, title: run.gist }, [run.gist])],
    conversation,
    [element('time', { datetime: run.startedExactly, title: run.startedExactly }, [run.started])],
    [run.duration],
    [run.steps],
    [run.tokens],
    [run.cost],
    [
      element('span', { class: `verdict verdict-${run.verdict}` }, [
        icon(run.verdict),
        run.verdictText,
      ]),
    ],
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
