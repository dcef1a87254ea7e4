import { type ContenderId, labelOf } from '../contenders/index.ts';
import type { Column, Goal } from '../figures/figure.ts';
import { reasons } from './missed.ts';
import { type FigureResult, type Row, type Value, valueOf, verdictsOf } from './evaluation.ts';

/** A figure's title, table, and how it was measured. */
export function figureSection(result: FigureResult): string {
  const { figure, rows } = result;
  const failures = rows.flatMap(({ contender, failures: messages }) =>
    messages.map((message) => `- ${labelOf(contender)} was not measured: ${oneLine(message)}`),
  );
  return [
    `## ${figure.title}`,
    '',
    figure.method,
    '',
    table(result),
    ...(failures.length === 0 ? [] : ['', ...failures]),
  ].join('\n');
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').slice(0, 300);
}

function table(result: FigureResult): string {
  const { figure, rows } = result;
  const isAgainstUntraced = rows.some(({ contender }) => contender === 'untraced');
  const head = figure.columns.map(({ title, isAboveUntraced }) =>
    isAboveUntraced === true && isAgainstUntraced ? `${title} †` : title,
  );
  return [
    `| | ${head.join(' | ')} |`,
    `|---|${figure.columns.map(() => '---:|').join('')}`,
    ...rows.map((row) => tableRow(result, row)),
  ].join('\n');
}

function tableRow(result: FigureResult, { contender }: Row): string {
  const verdicts = verdictsOf(result).filter((verdict) => verdict.contender === contender);
  const cells = result.figure.columns.map((column) => {
    const goals = verdicts.filter(({ goal }) => goal.column === column.key);
    const mark = goals.length === 0 ? '' : goals.every(({ isMet }) => isMet) ? ' ✓' : ' ✗';
    return `${cell(valueOf(result, contender, column), column)}${mark}`;
  });
  return `| ${labelOf(contender)} | ${cells.join(' | ')} |`;
}

function cell(value: Value | undefined, { digits }: Column): string {
  if (value === undefined) return '–';
  const spread =
    value.count > 1 && show(value.least, digits) !== show(value.most, digits)
      ? ` (${show(value.least, digits)}–${show(value.most, digits)})`
      : '';
  const ratio = value.ratio === undefined ? '' : ` · ${show(value.ratio, 2)}×`;
  return `${show(value.median, digits)}${spread}${ratio}`;
}

function show(value: number, digits: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** All goals in one table, those that were missed marked. */
export function goalsSection(results: readonly FigureResult[]): string {
  const lines = results.flatMap((result) =>
    verdictsOf(result).map(({ goal, contender, isMet }) => {
      const column = result.figure.columns.find(({ key }) => key === goal.column);
      const value = column && valueOf(result, contender, column);
      const measured =
        column === undefined || value === undefined ? '–' : describe(value, column, goal, result);
      return `| ${isMet ? '✓' : '✗'} | ${result.figure.title} | ${labelOf(contender)}: ${column?.title ?? goal.column} | ${limitOf(goal)} | ${measured} |`;
    }),
  );
  return ['| | figure | what | goal | measured |', '|---|---|---|---|---|', ...lines].join('\n');
}

/** Why goals were missed, as far as somebody has written it down; empty when none was. */
export function missedSection(results: readonly FigureResult[]): readonly string[] {
  const missed = results.flatMap((result) =>
    verdictsOf(result)
      .filter(({ isMet }) => !isMet)
      .map(({ goal: { column: key } }) => {
        const { columns, name, title } = result.figure;
        const column = columns.find((candidate) => candidate.key === key)?.title ?? key;
        const reason = reasons[`${name}/${key}`] ?? 'Not looked into yet.';
        return `- **${title}: ${column}.** ${reason}`;
      }),
  );
  if (missed.length === 0) return [];
  return ['## What is missed, and why', '', ...new Set(missed), ''];
}

function limitOf({ limit }: Goal): string {
  switch (limit.type) {
    case 'at-most':
      return `≤ ${limit.value}`;
    case 'at-least':
      return `≥ ${limit.value.toLocaleString('en')}`;
    case 'times':
      return `≤ ${limit.atMost} × ${labelOf(limit.of)}`;
    default:
      return limit satisfies never;
  }
}

function describe(value: Value, column: Column, { limit }: Goal, result: FigureResult): string {
  const own = show(value.median, column.digits);
  if (limit.type !== 'times') return own;
  const other = median(result, limit.of, column);
  return other === undefined || other <= 0
    ? `${own} against ${other === undefined ? '–' : show(other, column.digits)}`
    : `${own} = ${show(value.median / other, 2)} × ${show(other, column.digits)}`;
}

function median(result: FigureResult, contender: ContenderId, column: Column): number | undefined {
  return valueOf(result, contender, column)?.median;
}
