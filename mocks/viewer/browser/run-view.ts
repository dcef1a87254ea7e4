import type { RunDetails, StepDetails } from '../api.ts';
import { ask } from './connection.ts';
import { button, element } from './dom.ts';
import { narrow } from './run-list.ts';
import { toHash, type Route } from './routes.ts';
import { runHead, toHeadDuration } from './run-head.ts';
import { createStepList } from './step-list.ts';
import { stepPanel } from './step-panel.ts';
import type { Stage, View } from './view.ts';

type RunRoute = Extract<Route, { view: 'run' }>;

/** One run: its head, its tree on a time line, and the details of one step. */
export function createRunView(first: RunRoute, stage: Stage): View {
  const { id } = first;
  let route = first;
  let details: RunDetails | undefined;
  let selected = first.step;
  let isGone = false;
  // Answers may overtake each other; only the one to the last question counts.
  let asked = 0;
  let askedStep = 0;
  let addressTimer = 0;
  let shownHead = '';
  let shownStep = '';

  const head = element('div', { class: 'run-head' });
  const panel = element('section', {
    class: 'panel',
    'aria-label': 'Step',
    tabindex: 0,
  });
  const steps = createStepList((key) => select(key, 'tell'));
  const notice = element('p', { class: 'notice', role: 'status' });
  notice.hidden = true;
  const root = element('div', { class: 'run-view' }, [
    breadcrumb(),
    notice,
    head,
    element('div', { class: 'split' }, [steps.root, panel]),
  ]);

  function breadcrumb(): HTMLElement {
    return element('nav', { class: 'breadcrumb', 'aria-label': 'Where you are' }, [
      element('a', { href: toHash(stage.listRoute()) }, ['Runs']),
      element('span', { class: 'spring' }),
      element(
        'a',
        {
          class: 'quiet',
          href: `/viewer/api/export?${new URLSearchParams({ run: id }).toString()}`,
          download: '',
        },
        ['Save this run'],
      ),
      button('Newer', { class: 'quiet', title: 'The next newer run of the list ([)' }, () =>
        step(-1),
      ),
      button('Older', { class: 'quiet', title: 'The next older run of the list (])' }, () =>
        step(1),
      ),
    ]);
  }

  function step(by: number): void {
    const list = stage.listRoute();
    const runs = list.view === 'runs' ? narrow(stage.list.runs, list) : stage.list.runs;
    const at = runs.findIndex((run) => run.id === id);
    const next = runs[at + by];
    if (at !== -1 && next !== undefined) {
      stage.go({ view: 'run', id: next.id, step: undefined }, 'replace');
    }
  }

  async function load(): Promise<void> {
    const own = (asked += 1);
    const answer = await ask<RunDetails>('run', { id });
    if (own !== asked) return;
    switch (answer.type) {
      case 'found':
        isGone = false;
        show(answer.value);
        return;
      case 'missing':
        isGone = true;
        say(
          details === undefined
            ? 'There is no such run here. It may have been forgotten to make room, or was never sent to this server.'
            : 'This run was forgotten to make room for newer ones; what you see is what was known of it.',
        );
        return;
      case 'failed':
        if (details === undefined) say(`The server cannot be asked: ${answer.message}`);
        return;
      default:
        answer satisfies never;
    }
  }

  function say(text: string): void {
    notice.textContent = text;
    notice.hidden = text === '';
  }

  function show(next: RunDetails): void {
    const isFirst = details === undefined;
    const wasOpen = details?.run.status === 'in_progress';
    details = next;
    say('');
    document.title = `${next.run.name ?? 'Run'} · runs`;
    renderHead();
    steps.show(next);
    const isKnown = next.steps.some(({ key }) => key === selected);
    if (!isKnown && (selected !== '' || next.steps.some(({ isRoot }) => isRoot))) {
      selected = firstStep(next);
    }
    select(selected ?? '', 'silently');
    if (isFirst) steps.focus();
    if (wasOpen && next.run.status !== 'in_progress') {
      stage.announce(`${next.run.name ?? 'The run'} ended as ${next.run.status}.`);
    }
  }

  // Written anew only when something is different, or what a person selects or has opened would be lost.
  function renderHead(): void {
    if (details === undefined) return;
    const signature = JSON.stringify([details.run, details.missing]);
    if (signature === shownHead) return;
    shownHead = signature;
    const wasOpened = head.querySelector('details')?.open;
    head.replaceChildren(...runHead(details, Date.now()));
    const box = head.querySelector('details');
    if (box !== null && wasOpened === true) box.open = true;
  }

  function growDuration(): void {
    const duration = head.querySelector('.run-duration');
    if (details !== undefined && duration !== null) {
      duration.textContent = toHeadDuration(details.run, Date.now());
    }
  }

  function select(key: string, how: 'tell' | 'silently'): void {
    selected = key;
    steps.select(key);
    if (how === 'tell') tellAddress(key);
    void loadStep(key);
  }

  // A held key passes many steps; browsers refuse to change the address that often.
  function tellAddress(key: string): void {
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => stage.go({ ...route, step: key }, 'replace'), 150);
  }

  async function loadStep(key: string): Promise<void> {
    if (isGone) return;
    const own = (askedStep += 1);
    const answer = await ask<StepDetails>('step', { run: id, step: key });
    if (own !== askedStep || details === undefined || answer.type !== 'found') return;
    const summary = details.steps.find((one) => one.key === key);
    const signature = JSON.stringify([summary, answer.value]);
    if (signature === shownStep) return;
    shownStep = signature;
    panel.replaceChildren(...stepPanel(details, { step: summary, details: answer.value }));
    panel.scrollTop = 0;
  }

  void load();
  return {
    root,
    title: 'Run',
    update(ids) {
      if (ids === undefined || ids.has(id)) void load();
    },
    tick() {
      if (details?.run.status !== 'in_progress' || isGone) return;
      growDuration();
      steps.tick();
    },
    accept(next) {
      if (next.view !== 'run' || next.id !== id) return false;
      route = next;
      if (next.step !== undefined && next.step !== selected) select(next.step, 'silently');
      return true;
    },
    focus: () => steps.focus(),
    onKey(event) {
      if (event.key === '[' || event.key === ']') {
        step(event.key === '[' ? -1 : 1);
        return true;
      }
      if (event.key === 'c' && details?.run.conversationId) {
        stage.go({ view: 'conversation', id: details.run.conversationId });
        return true;
      }
      if (event.key === 'Escape') {
        stage.go(stage.listRoute());
        return true;
      }
      return steps.onKey(event);
    },
    dispose() {
      asked += 1;
      clearTimeout(addressTimer);
      steps.dispose();
    },
  };
}

/** Where to look first: at the step that made the run fail, or else at the run. */
function firstStep({ run, steps }: RunDetails): string {
  const root = steps.find(({ isRoot }) => isRoot);
  if (run.status !== 'error') return root?.key ?? '';
  const failed = steps.filter(({ level, isRoot }) => level === 'ERROR' && !isRoot);
  return failed.at(-1)?.key ?? root?.key ?? '';
}
