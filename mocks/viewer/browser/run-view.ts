import type { RunDetails } from '../api.ts';
import { ask } from './connection.ts';
import { element } from './dom.ts';
import type { Route } from './routes.ts';
import { goBeside, runBreadcrumb } from './run-breadcrumb.ts';
import { createRunHead } from './run-head.ts';
import { createStepList } from './step-list.ts';
import { createStepPanel } from './step-panel.ts';
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
  let addressTimer = 0;

  const head = createRunHead();
  const panel = createStepPanel();
  const steps = createStepList((key) => select(key, 'tell'));
  const notice = element('p', { class: 'notice', role: 'status' });
  notice.hidden = true;
  const root = element('div', { class: 'run-view' }, [
    runBreadcrumb(id, stage),
    notice,
    head.root,
    element('div', { class: 'split' }, [steps.root, panel.root]),
  ]);

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
    head.show(next);
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

  function select(key: string, how: 'tell' | 'silently'): void {
    selected = key;
    steps.select(key);
    if (how === 'tell') tellAddress(key);
    if (details !== undefined && !isGone) void panel.show(details, key);
  }

  // A held key passes many steps; browsers refuse to change the address that often.
  function tellAddress(key: string): void {
    clearTimeout(addressTimer);
    addressTimer = setTimeout(() => stage.go({ ...route, step: key }, 'replace'), 150);
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
      head.grow(details);
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
        goBeside(id, { stage, by: event.key === '[' ? -1 : 1 });
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
