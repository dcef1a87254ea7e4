import type { RunDetails } from '../api.ts';
import { element } from './dom.ts';
import { createStepRow, fillStepRow } from './step-table.ts';
import { toStepRows, type StepRow } from './step-tree.ts';
import { createVirtualRows } from './virtual-rows.ts';

/** The tree of a run's steps beside their time line. */
export interface StepList {
  readonly root: HTMLElement;
  show(details: RunDetails): void;
  /** Selects without telling so. */
  select(key: string): void;
  tick(): void;
  focus(): void;
  onKey(event: KeyboardEvent): boolean;
  dispose(): void;
}

/** Pixels; the same as in the style sheet. */
const rowHeight = 30;

/** An empty tree; `onSelect` hears which step a person looks at. */
export function createStepList(onSelect: (key: string) => void): StepList {
  const viewport = element('div', {
    class: 'steps',
    role: 'tree',
    'aria-label': 'Steps in the order of their start',
  });
  const collapsed = new Set<string>();
  let details: RunDetails | undefined;
  let rows: readonly StepRow[] = [];
  let selected = '';

  const virtual = createVirtualRows<StepRow>({
    viewport,
    rowHeight,
    spacerRole: 'none',
    keyOf: ({ key }) => key,
    create: createStepRow,
    fill: (row, step) => fillStepRow(row, step, selected),
  });

  function render(): void {
    if (details === undefined) return;
    rows = toStepRows(details, { collapsed, now: Date.now() });
    virtual.show(rows);
  }

  function choose(key: string): void {
    selected = key;
    virtual.setActive(key);
    virtual.focusActive();
    onSelect(key);
  }

  function fold(key: string, to: 'collapsed' | 'expanded'): void {
    if (to === 'collapsed') collapsed.add(key);
    else collapsed.delete(key);
    render();
  }

  function chooseAt(index: number): void {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (row !== undefined) choose(row.key);
  }

  function goLeft(row: StepRow): void {
    if (row.hasChildren && row.isExpanded) fold(row.key, 'collapsed');
    else if (row.parentKey !== undefined) choose(row.parentKey);
  }

  function goRight(row: StepRow, at: number): void {
    if (!row.hasChildren) return;
    if (row.isExpanded) chooseAt(at + 1);
    else fold(row.key, 'expanded');
  }

  viewport.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const key = target?.closest<HTMLElement>('.step-row')?.dataset['key'];
    if (key === undefined) return;
    const isTwisty = target?.closest('.twisty:not(.none)') !== null;
    if (isTwisty) fold(key, collapsed.has(key) ? 'expanded' : 'collapsed');
    else choose(key);
  });

  return {
    root: viewport,
    show(next) {
      details = next;
      render();
    },
    select(key) {
      selected = key;
      virtual.setActive(key);
    },
    tick() {
      if (details?.run.status === 'in_progress') render();
    },
    focus: () => virtual.focusActive(),
    onKey({ key }) {
      if (!viewport.contains(document.activeElement)) return false;
      const at = virtual.indexOf(virtual.activeKey);
      const row = rows[at];
      if (row === undefined) return false;
      switch (key) {
        case 'ArrowDown':
        case 'j':
          chooseAt(at + 1);
          return true;
        case 'ArrowUp':
        case 'k':
          chooseAt(at - 1);
          return true;
        case 'PageDown':
          chooseAt(at + virtual.pageLength);
          return true;
        case 'PageUp':
          chooseAt(at - virtual.pageLength);
          return true;
        case 'Home':
          chooseAt(0);
          return true;
        case 'End':
          chooseAt(rows.length - 1);
          return true;
        case 'ArrowLeft':
          goLeft(row);
          return true;
        case 'ArrowRight':
          goRight(row, at);
          return true;
        case 'Enter':
        case ' ':
          choose(row.key);
          return true;
        default:
          return false;
      }
    },
    dispose: () => virtual.dispose(),
  };
}
