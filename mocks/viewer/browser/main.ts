import type { FeedEvent, ServerFacts } from '../api.ts';
import { createConversationView } from './conversation-view.ts';
import { follow } from './connection.ts';
import { element, isTyping } from './dom.ts';
import { createHelp } from './help.ts';
import { createRunList } from './run-list.ts';
import { createRunView } from './run-view.ts';
import { createRunsView } from './runs-view.ts';
import { parseRoute, toHash, type Route } from './routes.ts';
import { createTopBar } from './top-bar.ts';
import type { Stage, View } from './view.ts';

const list = createRunList();
let facts: ServerFacts | undefined;
let listRoute: Route = { view: 'runs', show: 'all', query: '' };
let lastRun: string | undefined;
let view: View | undefined;

const main = element('main', { id: 'main' });
const toast = element('p', { class: 'toast', role: 'status' });
const help = createHelp();
const bar = createTopBar({ announce, openHelp: () => help.showModal() });

const stage: Stage = {
  list,
  go(route, how = 'push') {
    const hash = toHash(route);
    if (hash === (location.hash || '#/')) return;
    if (how === 'replace') history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    show(route);
  },
  listRoute: () => listRoute,
  announce,
};

function show(route: Route): void {
  if (route.view === 'runs') listRoute = route;
  if (route.view === 'run') lastRun = route.id;
  if (view?.accept(route) === true) return;
  view?.dispose();
  view = createView(route);
  document.title = view.title;
  main.replaceChildren(view.root);
  // Only now that it has a height does it know how many rows fit.
  view.update(new Set());
  view.focus();
}

function createView(route: Route): View {
  switch (route.view) {
    case 'runs':
      return createRunsView(route, { stage, facts: () => facts, lastRun });
    case 'run':
      return createRunView(route, stage);
    case 'conversation':
      return createConversationView(route, stage);
    default:
      return route satisfies never;
  }
}

let toastTimer = 0;

function announce(text: string): void {
  toast.textContent = text;
  toast.dataset['shown'] = 'yes';
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => delete toast.dataset['shown'], 6000);
}

function onEvent(event: FeedEvent): void {
  switch (event.name) {
    case 'reset':
      list.beginReset();
      return;
    case 'runs':
      list.put(event.data);
      updateSoon(event.data.map(({ id }) => id));
      return;
    case 'gone':
      list.drop(event.data);
      updateSoon(event.data);
      return;
    case 'ready':
      list.endReset();
      facts = event.data;
      bar.showFacts(event.data);
      // The stream may have been away for long.
      view?.update(undefined);
      return;
    default:
      event satisfies never;
  }
}

const changed = new Set<string>();
let isDue = false;

// Several events before the next picture need one update only.
function updateSoon(ids: readonly string[]): void {
  for (const id of ids) changed.add(id);
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    const ids = new Set(changed);
    changed.clear();
    view?.update(ids);
  });
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const isDone = view?.onKey(event) === true || (!isTyping(event) && onPageKey(event.key));
  if (isDone) event.preventDefault();
});

function onPageKey(key: string): boolean {
  switch (key) {
    case '/': {
      if (view?.root.querySelector('#search') === null) stage.go(listRoute);
      document.querySelector<HTMLInputElement>('#search')?.select();
      return true;
    }
    case '?':
      help.showModal();
      return true;
    case 't':
      bar.changeTheme();
      return true;
    default:
      return false;
  }
}

addEventListener('popstate', () => show(parseRoute(location.hash)));
setInterval(() => view?.tick(), 1000);

document.body.append(bar.root, main, toast, help);
show(parseRoute(location.hash));
follow({ onEvent, onConnection: (state) => bar.showConnection(state) });
