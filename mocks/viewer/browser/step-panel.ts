import type { RunDetails, StepDetails, StepSummary } from '../api.ts';
import { ask } from './connection.ts';
import { element, type Content } from './dom.ts';
import { toClock, toCost, toCount, toDuration, toExactTime, toTokens } from './format.ts';
import { jsonSection } from './json-block.ts';

/** A name and what stands beside it. */
type Fact = readonly [name: string, value: Content];

/** The details of one step, beside the tree. */
export interface StepPanel {
  readonly root: HTMLElement;
  /** Asks for the step of this key and shows it; empty text stands for the run itself, which has not ended. */
  show(details: RunDetails, key: string): Promise<void>;
}

/** A panel that is empty until a step is shown. */
export function createStepPanel(): StepPanel {
  const root = element('section', { class: 'panel', 'aria-label': 'Step', tabindex: 0 });
  // Answers may overtake each other; only the one to the last question counts.
  let asked = 0;
  let shown = '';
  return {
    root,
    async show(run, key) {
      const own = (asked += 1);
      const answer = await ask<StepDetails>('step', { run: run.run.id, step: key });
      if (own !== asked || answer.type !== 'found') return;
      const step = run.steps.find((one) => one.key === key);
      const signature = JSON.stringify([step, answer.value]);
      if (signature === shown) return;
      shown = signature;
      root.replaceChildren(...stepPanel(run, { step, details: answer.value }));
      root.scrollTop = 0;
    },
  };
}

/** Everything about a step; of the run itself, which has not ended, where there is no step. */
function stepPanel(
  { run }: RunDetails,
  { step, details }: { readonly step: StepSummary | undefined; readonly details: StepDetails },
): readonly Content[] {
  const title = step?.name ?? (step === undefined ? (run.name ?? '(no name)') : '(no name)');
  const facts = [
    ...(step === undefined ? [] : stepFacts(step, run.startedAt)),
    ...moreFacts(details),
  ];
  // That of the run stands above already.
  const isBad =
    step !== undefined && !step.isRoot && step.level !== 'DEFAULT' && details.message !== null;
  return [
    element('header', { class: 'panel-head' }, [
      element('h3', { class: 'text' }, [title]),
      element('span', { class: `type type-${step?.type ?? 'RUN'}` }, [step?.type ?? 'RUN']),
      ...(step === undefined || step.level === 'DEFAULT'
        ? []
        : [element('span', { class: `level level-${step.level}` }, [step.level])]),
    ]),
    ...(isBad
      ? [element('p', { class: `message message-${step.level}` }, [details.message ?? ''])]
      : []),
    ...(facts.length === 0 ? [] : [element('dl', { class: 'facts' }, facts.flatMap(toDefinition))]),
    ...(step === undefined ? nothingYet(details) : []),
    ...section('Input', details.input),
    ...section('Output', details.output),
    ...section('Model parameters', details.modelParameters),
    ...section('Metadata', details.metadata),
  ];
}

/** A panel that is empty looks like a fault of the page. */
function nothingYet({ input, output }: StepDetails): readonly Content[] {
  if (input !== null || output !== null) return [];
  const text = 'Nothing has come of the run itself: no input, no output, no ending.';
  return [element('p', { class: 'nothing' }, [text])];
}

function toDefinition([name, value]: Fact): readonly Content[] {
  return [element('dt', {}, [name]), element('dd', {}, [value])];
}

function stepFacts(step: StepSummary, runStart: number): readonly Fact[] {
  const { startedAt, endedAt, firstTokenAt } = step;
  const started = element(
    'time',
    { datetime: toExactTime(startedAt), title: toExactTime(startedAt) },
    [`${toClock(startedAt, startedAt)} (${toDuration(startedAt - runStart)} into the run)`],
  );
  const facts: readonly (Fact | undefined)[] = [
    known('Ended as', [step.status, step.reason].filter(Boolean).join(' · ')),
    ['Started', started],
    ['Duration', endedAt === null ? 'not ended' : toDuration(endedAt - startedAt)],
    known(
      'First token',
      firstTokenAt === null ? '' : `after ${toDuration(firstTokenAt - startedAt)}`,
    ),
    known('Model', step.model ?? ''),
    known('Tokens', toTokens(step.tokens)),
    known('Cost', toCost(step.cost)),
    known('Id', step.id),
  ];
  return facts.filter((fact) => fact !== undefined);
}

function moreFacts({ usage, costs, version, release }: StepDetails): readonly Fact[] {
  const counts = Object.entries(usage).filter(([key]) => !plainKeys.has(key));
  const prices = Object.entries(costs).filter(([key]) => !plainKeys.has(key));
  const facts: readonly (Fact | undefined)[] = [
    known('Of these', counts.map(([key, count]) => `${key} ${toCount(count)}`).join(', ')),
    known('Cost of', prices.map(([key, cost]) => `${key} ${toCost(cost)}`).join(', ')),
    known('Version', version ?? ''),
    known('Release', release ?? ''),
  ];
  return facts.filter((fact) => fact !== undefined);
}

const plainKeys: ReadonlySet<string> = new Set(['input', 'output', 'total']);

function known(name: string, value: string): Fact | undefined {
  return value === '' ? undefined : [name, value];
}

function section(title: string, value: unknown): readonly Content[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'object' && Object.keys(value).length === 0) return [];
  return [jsonSection(title, value)];
}
