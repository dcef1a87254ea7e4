import type { PolicyRow } from './rows.ts';

/** The rows as a Markdown table; rows that follow one rule carry its name once. */
export function toTable(rows: readonly PolicyRow[]): string {
  const lines = rows.map((row, index) => {
    const { id, source, conflict } = row.expected;
    const rule = rows[index - 1]?.rule === row.rule ? '' : row.rule;
    const cells = [rule, given(row), id === undefined ? '–' : code(shortened(id)), code(source)];
    return `| ${[...cells, conflict?.map(code).join(', ') ?? ''].join(' | ')} |`;
  });
  return [
    '| rule | given | conversation id | source | conflict |',
    '|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function given({ sources, policy, given: label }: PolicyRow): string {
  const texts = [label ?? printed(sources).slice(1, -1).trim()].filter((text) => text !== '');
  if (policy !== undefined) texts.push(`policy: ${printed(policy)}`);
  return texts.length === 0 ? '–' : code(texts.join(', '));
}

function printed(value: unknown): string {
  if (typeof value === 'string') return printedText(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(printed).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(
    ([key, field]) => `${printedKey(key)}: ${printed(field)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function printedText(text: string): string {
  if (text.length > 60) return `'${text.slice(0, 3)}…' (${text.length} characters)`;
  return `'${text.replaceAll('\n', String.raw`\n`).replaceAll('\u00a0', String.raw`\u00a0`)}'`;
}

function printedKey(key: string): string {
  return /^\w+$/.test(key) ? key : `'${key}'`;
}

function shortened(id: string): string {
  return id.length > 30 ? `${id.slice(0, 15)}…` : id;
}

function code(text: string): string {
  return `\`${text}\``;
}
