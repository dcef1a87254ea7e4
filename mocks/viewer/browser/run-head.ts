import type { RunDetails } from '../api.ts';
import { button, element, icon, type Content } from './dom.ts';
import { explainMissing } from './explain-missing.ts';
import { plural, toClock, toCost, toExactTime, toStatusText, toTokens } from './format.ts';
import { copyText } from './json-block.ts';
import { toHash } from './routes.ts';
import { toRunDuration, toVerdict } from './run-row.ts';
import { statusContent } from './runs-table.ts';

/** What is above the tree of a run. */
export interface RunHead {
  readonly root: HTMLElement;
  show(details: RunDetails): void;
  /** Lets the duration of an open run grow. */
  grow(details: RunDetails): void;
}

/** A head that is empty until something is shown. */
export function createRunHead(): RunHead {
  const root = element('div', { class: 'run-head' });
  let shown = '';
  return {
    root,
    // Written anew only when something is different, or what a person selects or has opened would be lost.
    show(details) {
      const signature = JSON.stringify([details.run, details.missing]);
      if (signature === shown) return;
      shown = signature;
      const wasOpened = root.querySelector('details')?.open;
      root.replaceChildren(...runHead(details, Date.now()));
      const box = root.querySelector('details');
      if (box !== null && wasOpened === true) box.open = true;
    },
    grow({ run }) {
      const duration = root.querySelector('.run-duration');
      if (duration !== null) duration.textContent = toHeadDuration(run, Date.now());
    },
  };
}

/** What it is, how it ended, and what its parent lacks. */
function runHead({ run, missing }: RunDetails, now: number): readonly Content[] {
  const verdict = toVerdict(run);
  return [
    element('div', { class: 'run-title' }, [
      element('h2', { class: 'text', tabindex: -1 }, [run.name ?? '(no name)']),
      ...statusContent({
        status: run.status,
        statusText: toStatusText(run.status),
        reason: run.reason ?? '',
      }),
      ...(verdict === 'complete'
        ? [
            element('span', { class: 'verdict verdict-complete' }, [
              icon('complete'),
              'complete parent',
            ]),
          ]
        : []),
    ]),
    ...message(run),
    element('dl', { class: 'facts run-facts' }, runFacts(run, now)),
    ...(missing.length === 0 ? [] : [missingBox(missing, verdict)]),
  ];
}

function message(run: RunDetails['run']): readonly Content[] {
  if (run.message === null || run.level === 'DEFAULT') return [];
  return [element('p', { class: `message message-${run.level}` }, [run.message])];
}

function runFacts(run: RunDetails['run'], now: number): readonly Content[] {
  const time = element(
    'time',
    { datetime: toExactTime(run.startedAt), title: toExactTime(run.startedAt) },
    [toClock(run.startedAt, now)],
  );
  const duration = element('span', { class: 'run-duration' }, [toHeadDuration(run, now)]);
  const facts: readonly (readonly [string, Content])[] = [
    ['Conversation', conversationLink(run.conversationId)],
    ['Started', time],
    ['Duration', duration],
    ['Steps', String(run.steps)],
    ['Tokens', toTokens(run.tokens)],
    ['Cost', toCost(run.cost)],
    ['User', run.userId ?? ''],
    ['Tags', run.tags.join(', ')],
    ['Environment', run.environment === 'default' ? '' : run.environment],
    ['Trace', idButton(run.id)],
  ];
  return facts
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) => [
      element('div', { class: 'fact' }, [element('dt', {}, [name]), element('dd', {}, [value])]),
    ]);
}

/** What the head says of the duration; the only thing in it that changes by itself. */
function toHeadDuration(run: RunDetails['run'], now: number): string {
  const duration = toRunDuration(run, now);
  return run.endedAt === null ? `${duration} so far` : duration;
}

function conversationLink(id: string | null): Content {
  if (id === null) return element('span', { class: 'none' }, ['none']);
  return element('a', { href: toHash({ view: 'conversation', id }), title: id }, [id]);
}

function idButton(id: string): Content {
  const made = button(id, { class: 'id', title: 'Copy the trace id' }, () => {
    void copyText(id).then((outcome) => {
      made.textContent = outcome;
      setTimeout(() => {
        made.textContent = id;
      }, 1200);
    });
  });
  return made;
}

function missingBox(
  missing: readonly string[],
  verdict: ReturnType<typeof toVerdict>,
): HTMLElement {
  const isOpen = verdict === 'open';
  const title = isOpen
    ? `Not ended yet; until then the parent lacks ${plural(missing.length, 'thing')}`
    : `This parent is incomplete: ${plural(missing.length, 'thing')} missing`;
  const parts = missing.map(explainMissing);
  const items = parts.map(({ subject, found, advice }, index) => {
    const isNew = advice !== '' && advice !== parts[index - 1]?.advice;
    return element('li', {}, [
      element('strong', {}, [subject]),
      ' ',
      element('span', { class: 'text' }, [found]),
      ...(isOpen || !isNew ? [] : [element('p', { class: 'advice' }, [advice])]),
    ]);
  });
  const box = element('details', { class: `missing missing-${verdict}` }, [
    element('summary', {}, [icon(isOpen ? 'open' : 'incomplete'), title, icon('chevron')]),
    element('ul', {}, items),
  ]);
  box.open = !isOpen;
  return box;
}
