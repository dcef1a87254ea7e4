import type { RunSummary, ServerFacts } from '../api.ts';
import { element, isTyping } from './dom.ts';
import { narrow } from './run-list.ts';
import { toRunRow } from './run-row.ts';
import { toHash, type Route } from './routes.ts';
import { createRunsToolbar } from './runs-toolbar.ts';
import { createRunRow, fillRunRow, runColumns } from './runs-table.ts';
import type { Stage, View } from './view.ts';
import { createVirtualRows } from './virtual-rows.ts';
import { emptyState } from './empty-state.ts';

type RunsRoute = Extract<Route, { view: 'runs' }>;

/** Pixels; the same as in the style sheet. */
const rowHeight = 34;

/** What the list needs around it. */
export interface RunsViewOptions {
  readonly stage: Stage;
  readonly facts: () => ServerFacts | undefined;
  /** The run that a person comes back from. */
  readonly lastRun: string | undefined;
}

/** The list of runs, with filters and search. */
export function createRunsView(first: RunsRoute, { stage, facts, lastRun }: RunsViewOptions): View {
  let route = first;
  let shown: readonly RunSummary[] = [];

  const toolbar = createRunsToolbar({
    query: route.query,
    onSearch: (query) => go({ ...route, query }),
    onShow: (show) => go({ ...route, show }),
  });
  const { search } = toolbar;
  const viewport = element('div', { class: 'viewport', role: 'presentation' });
  const grid = element(
    'div',
    { role: 'grid', class: 'runs', 'aria-label': 'Runs, the newest first' },
    [headerRow(), viewport],
  );
  const empty = element('div', { class: 'empty' });
  const root = element('div', { class: 'runs-view' }, [
    element('h2', { class: 'visually-hidden' }, ['Runs']),
    toolbar.root,
    grid,
    empty,
  ]);

  const rows = createVirtualRows<RunSummary>({
    viewport,
    rowHeight,
    spacerRole: 'rowgroup',
    keyOf: ({ id }) => id,
    create: createRunRow,
    fill(row, run, index) {
      row.setAttribute('aria-rowindex', String(index + 2));
      fillRunRow(row, toRunRow(run, Date.now()));
    },
  });

  function go(next: RunsRoute): void {
    stage.go(next, 'replace');
  }

  function show(): void {
    const { runs } = stage.list;
    shown = narrow(runs, route);
    rows.show(shown);
    grid.setAttribute('aria-rowcount', String(shown.length + 1));
    toolbar.show(route, { runs, shown: shown.length });
    grid.hidden = shown.length === 0;
    empty.hidden = shown.length > 0;
    if (!empty.hidden) empty.replaceChildren(...emptyState(runs.length, facts()));
  }

  function open(id: string): void {
    stage.go({ view: 'run', id, step: undefined });
  }

  function move(to: number): void {
    const run = shown[Math.min(shown.length - 1, Math.max(0, to))];
    if (run === undefined) return;
    rows.setActive(run.id);
    rows.focusActive();
  }

  function onListKey({ key }: KeyboardEvent): boolean {
    const at = rows.indexOf(rows.activeKey);
    const isInList = viewport.contains(document.activeElement);
    const target = targetOf(key, { at, step: isInList ? 1 : 0, page: rows.pageLength });
    if (target !== undefined) {
      move(target);
      return true;
    }
    switch (key) {
      case 'Enter': {
        const id = rows.activeKey;
        if (!isInList || id === undefined) return false;
        open(id);
        return true;
      }
      case 'c': {
        const conversation = shown[at]?.conversationId ?? null;
        if (!isInList || conversation === null) return false;
        stage.go({ view: 'conversation', id: conversation });
        return true;
      }
      default:
        return false;
    }
  }

  viewport.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const id = target?.closest<HTMLElement>('.run-row')?.dataset['key'];
    // A link does it by itself, and a selection is meant to be copied.
    if (
      id === undefined ||
      target?.closest('a') !== null ||
      !document.getSelection()?.isCollapsed
    ) {
      return;
    }
    rows.setActive(id);
    open(id);
  });
  viewport.addEventListener('focusin', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const id = target?.closest<HTMLElement>('.run-row')?.dataset['key'];
    if (id !== undefined && id !== rows.activeKey) rows.setActive(id);
  });

  show();
  rows.setActive(lastRun);
  return {
    root,
    title: 'Runs',
    update: show,
    tick: () => rows.refill(),
    accept(next) {
      if (next.view !== 'runs') return false;
      route = next;
      if (document.activeElement !== search) search.value = route.query;
      rows.setActive(undefined);
      viewport.scrollTop = 0;
      show();
      return true;
    },
    focus() {
      if (lastRun !== undefined) rows.focusActive();
    },
    onKey(event) {
      if (event.target === search && event.key === 'Escape' && search.value !== '') {
        search.value = '';
        go({ ...route, query: '' });
        return true;
      }
      if (event.target === search && (event.key === 'ArrowDown' || event.key === 'Enter')) {
        move(0);
        return true;
      }
      if (isTyping(event)) return false;
      if (event.key === 'Escape' && toHash(route) !== '#/') {
        search.value = '';
        go({ view: 'runs', show: 'all', query: '' });
        return true;
      }
      return onListKey(event);
    },
    dispose: () => rows.dispose(),
  };
}

interface Move {
  readonly at: number;
  /** 0 while the list has not the focus: then it gets it where it is. */
  readonly step: 0 | 1;
  readonly page: number;
}

/** The line that a key goes to, beyond the ends too; undefined for a key that does not move. */
function targetOf(key: string, { at, step, page }: Move): number | undefined {
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return at + step;
    case 'k':
    case 'ArrowUp':
      return at - step;
    case 'PageDown':
      return at + page;
    case 'PageUp':
      return at - page;
    case 'Home':
      return 0;
    case 'End':
      return Number.MAX_SAFE_INTEGER;
    default:
      return undefined;
  }
}

function headerRow(): HTMLElement {
  const cells = runColumns.map(({ title, className }) =>
    element('div', { role: 'columnheader', class: className }, [title]),
  );
  return element('div', { role: 'row', class: 'row head-row', 'aria-rowindex': 1 }, cells);
}
