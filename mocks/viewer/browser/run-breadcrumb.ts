import { button, element } from './dom.ts';
import { narrow } from './run-list.ts';
import { toHash } from './routes.ts';
import type { Stage } from './view.ts';

/** The way back from a run to its list, and to the runs beside it there. */
export function runBreadcrumb(runId: string, stage: Stage): HTMLElement {
  const saved = `/viewer/api/export?${new URLSearchParams({ run: runId }).toString()}`;
  return element('nav', { class: 'breadcrumb', 'aria-label': 'Where you are' }, [
    element('a', { href: toHash(stage.listRoute()) }, ['Runs']),
    element('span', { class: 'spring' }),
    element('a', { class: 'quiet', href: saved, download: '' }, ['Save this run']),
    button('Newer', { class: 'quiet', title: 'The next newer run of the list ([)' }, () =>
      goBeside(runId, { stage, by: -1 }),
    ),
    button('Older', { class: 'quiet', title: 'The next older run of the list (])' }, () =>
      goBeside(runId, { stage, by: 1 }),
    ),
  ]);
}

/** Goes to the run so many lines below this one in the list, if there is one. */
export function goBeside(
  runId: string,
  { stage, by }: { readonly stage: Stage; readonly by: number },
): void {
  const list = stage.listRoute();
  const runs = list.view === 'runs' ? narrow(stage.list.runs, list) : stage.list.runs;
  const at = runs.findIndex((run) => run.id === runId);
  const next = runs[at + by];
  if (at !== -1 && next !== undefined) {
    stage.go({ view: 'run', id: next.id, step: undefined }, 'replace');
  }
}
