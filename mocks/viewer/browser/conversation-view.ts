import type { Conversation, ConversationRun, RunStatus, Said } from '../api.ts';
import { ask } from './connection.ts';
import { button, element, type Content } from './dom.ts';
import {
  plural,
  toClock,
  toCost,
  toCount,
  toDuration,
  toExactTime,
  toStatusText,
} from './format.ts';
import { jsonSection } from './json-block.ts';
import { toHash, type Route } from './routes.ts';
import { statusContent } from './runs-table.ts';
import type { Stage, View } from './view.ts';

type ConversationRoute = Extract<Route, { view: 'conversation' }>;

/** All runs of one conversation, in order: what was asked, and what came back. */
export function createConversationView({ id }: ConversationRoute, stage: Stage): View {
  let asked = 0;
  let shown = '';
  const turns = new Map<string, { readonly signature: string; readonly item: HTMLElement }>();

  const facts = element('p', { class: 'conversation-facts' });
  const list = element('ol', { class: 'turns' });
  const notice = element('p', { class: 'notice', role: 'status' });
  notice.hidden = true;
  const heading = element('h2', { class: 'text', tabindex: -1 }, [id]);
  const root = element('div', { class: 'conversation-view' }, [
    element('nav', { class: 'breadcrumb', 'aria-label': 'Where you are' }, [
      element('a', { href: toHash(stage.listRoute()) }, ['Runs']),
    ]),
    element('header', { class: 'conversation-head' }, [
      element('p', { class: 'kicker' }, ['Conversation']),
      heading,
      facts,
    ]),
    notice,
    list,
  ]);

  async function load(): Promise<void> {
    const own = (asked += 1);
    const answer = await ask<Conversation>('conversation', { id });
    if (own !== asked) return;
    notice.hidden = answer.type === 'found';
    if (answer.type === 'missing') notice.textContent = 'No run of this conversation is here.';
    else if (answer.type === 'failed') {
      notice.textContent = `The server cannot be asked: ${answer.message}`;
    } else show(answer.value);
  }

  function show(conversation: Conversation): void {
    const signature = JSON.stringify(conversation);
    if (signature === shown) return;
    shown = signature;
    facts.textContent = toFacts(conversation);
    list.replaceChildren(...conversation.runs.map(toItem));
  }

  // The same element for the same content: what was selected in it or unfolded stays.
  function toItem(turn: ConversationRun): HTMLElement {
    const signature = JSON.stringify(turn);
    const known = turns.get(turn.run.id);
    if (known?.signature === signature) return known.item;
    const item = element('li', { class: 'turn' }, turnContent(turn));
    turns.set(turn.run.id, { signature, item });
    return item;
  }

  function move(by: number): void {
    const links = [...list.querySelectorAll<HTMLElement>('.turn-name')];
    const at = links.findIndex((link) => link === document.activeElement);
    links[Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  void load();
  return {
    root,
    title: `Conversation ${id}`,
    update(ids) {
      const isOurs = ids === undefined || [...ids].some((run) => isOfConversation(run));
      if (isOurs) void load();
    },
    tick: () => undefined,
    accept: (next) => next.view === 'conversation' && next.id === id,
    focus: () => heading.focus(),
    onKey({ key }) {
      switch (key) {
        case 'j':
        case 'ArrowDown':
          move(1);
          return true;
        case 'k':
        case 'ArrowUp':
          move(-1);
          return true;
        case 'Escape':
          stage.go(stage.listRoute());
          return true;
        default:
          return false;
      }
    },
    dispose() {
      asked += 1;
    },
  };

  function isOfConversation(run: string): boolean {
    return turns.has(run) || stage.list.get(run)?.conversationId === id;
  }
}

function toFacts({ runs, earlier }: Conversation): string {
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const tokens = sum(runs.map(({ run }) => run.tokens.total));
  const cost = sum(runs.map(({ run }) => run.cost));
  return [
    plural(runs.length + earlier, 'run'),
    ...(earlier > 0 ? [`the first ${toCount(earlier)} left out`] : []),
    ...(tokens === null ? [] : [`${toCount(tokens)} tokens`]),
    ...(cost === null ? [] : [toCost(cost)]),
  ].join('  ·  ');
}

function turnContent({ run, input, output }: ConversationRun): readonly Content[] {
  const exactly = toExactTime(run.startedAt);
  const meta = element('div', { class: 'turn-meta' }, [
    element('h3', {}, [
      element(
        'a',
        { class: 'turn-name text', href: toHash({ view: 'run', id: run.id, step: undefined }) },
        [run.name ?? '(no name)'],
      ),
    ]),
    element('div', { class: 'turn-status' }, [
      ...statusContent({
        status: run.status,
        statusText: toStatusText(run.status),
        reason: run.reason ?? '',
      }),
    ]),
    element('div', { class: 'turn-facts' }, [
      element('time', { datetime: exactly, title: exactly }, [toClock(run.startedAt, Date.now())]),
      ...(run.endedAt === null
        ? []
        : [element('span', {}, [toDuration(run.endedAt - run.startedAt)])]),
      ...(run.tokens.total === null
        ? []
        : [element('span', {}, [plural(run.tokens.total, 'token')])]),
    ]),
  ]);
  return [
    meta,
    element('div', { class: 'turn-said' }, [
      said('Input', input),
      ...(output.value === null ? [] : [said('Output', output, run.status)]),
      ...(output.value === null && run.status === 'in_progress'
        ? [element('p', { class: 'waiting' }, ['in progress …'])]
        : []),
    ]),
  ];
}

/** What was said as text where it can be told, with the whole value behind a button; or else the value. */
function said(title: string, { value, text }: Said, status?: RunStatus): HTMLElement {
  const limits = { lines: 24, characters: 2000 };
  if (text === null) return jsonSection(title, value, limits);
  const words = element('p', { class: `words${status === 'error' ? ' words-error' : ''}` }, [text]);
  const part = element('div', { class: `said said-${title.toLowerCase()}` }, [
    element('h4', { class: 'visually-hidden' }, [title]),
    words,
  ]);
  if (typeof value !== 'string') {
    const more = button('JSON', { class: 'quiet', 'aria-label': `${title} as JSON` }, () => {
      part.replaceChildren(jsonSection(title, value));
    });
    part.append(more);
  }
  return part;
}
