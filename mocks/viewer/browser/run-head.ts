import type { RunDetails } from '../api.ts';
import { button, element, icon, type Content } from './dom.ts';
import { explainMissing } from './explain-missing.ts';
import {
  plural,
  toClock,
  toCost,
  toDuration,
  toExactTime,
  toStatusText,
  toTokens,
} from './format.ts';
import { copyText } from './json-block.ts';
import { toHash } from './routes.ts';
import { toVerdict } from './run-row.ts';
import { statusContent } from './runs-table.ts';

/** What is above the tree of a run: what it is, how it ended, and what its parent lacks. */
export function runHead({ run, missing }: RunDetails, now: number): readonly Content[] {
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
  const duration = toDuration(Math.max(0, (run.endedAt ?? now) - run.startedAt));
  const facts: readonly (readonly [string, Content])[] = [
    ['Conversation', conversationLink(run.conversationId)],
    ['Started', time],
    ['Duration', run.endedAt === null ? `${duration} so far` : duration],
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
    ? 'Not ended yet. Until it does, the parent lacks:'
    : `This parent is incomplete: ${plural(missing.length, 'thing')} missing`;
  const items = missing.map((sentence) => {
    const { subject, found, advice } = explainMissing(sentence);
    return element('li', {}, [
      element('strong', {}, [subject]),
      ' ',
      element('span', { class: 'text' }, [found]),
      ...(advice === '' || isOpen ? [] : [element('p', { class: 'advice' }, [advice])]),
    ]);
  });
  const box = element('details', { class: `missing missing-${verdict}` }, [
    element('summary', {}, [icon(isOpen ? 'open' : 'incomplete'), title]),
    element('ul', {}, items),
  ]);
  box.open = !isOpen;
  return box;
}
