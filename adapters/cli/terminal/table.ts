import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { toPrintableLine } from '../../../src/printable-line.ts';
import type { Paint, Style } from './paint.ts';

/** Text in a table or a tree. Padding comes before the style, so that colours do not shift columns. */
export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer texts are cut. */
  readonly maxWidth?: number;
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
} as const;

/** Lines of a table with a ruled head; as wide as its widest cells, wide scripts included. */
export function toTableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): readonly string[] {
  const table = new Table({
    head: columns.map(({ title }) => paint('bold', title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    chars: { ...noBorders, middle: ' │ ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) {
    table.push(
      columns.map(({ maxWidth = Infinity }, index) =>
        painted(cutCell(row[index] ?? { text: '' }, maxWidth), paint),
      ),
    );
  }
  const [head = '', ...body] = table.toString().split('\n');
  const rule = stripVTControlCharacters(head).replaceAll(/[^│]/g, '─').replaceAll('│', '┼');
  return [head.trimEnd(), rule, ...body.map((line) => line.trimEnd())];
}

/** The same cells, cut and padded so that each column has one width. */
export function alignCells(
  rows: readonly (readonly Cell[])[],
  columns: readonly Pick<Column, 'align' | 'maxWidth'>[],
): readonly (readonly Cell[])[] {
  const cut = rows.map((row) =>
    columns.map(({ maxWidth = Infinity }, index) => cutCell(row[index] ?? { text: '' }, maxWidth)),
  );
  const widths = columns.map((_, index) =>
    Math.max(...cut.map((row) => row[index]?.text.length ?? 0)),
  );
  return cut.map((row) =>
    row.map((cell, index) => {
      const width = widths[index] ?? 0;
      const isRight = columns[index]?.align === 'right';
      return { ...cell, text: isRight ? cell.text.padStart(width) : cell.text.padEnd(width) };
    }),
  );
}

/** The text of a cell in its style. */
export function painted({ text, style }: Cell, paint: Paint): string {
  return style === undefined ? text : paint(style, text);
}

/** A value of metadata, as it would be read in Langfuse. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '✗');
}

/** At most `maxWidth` characters, with an ellipsis where something is missing. Line breaks and what would steer a terminal become blanks. */
export function cutText(text: string, maxWidth: number): string {
  const line = toPrintableLine(text).replaceAll(/\s+/g, ' ');
  if (line.length <= maxWidth) return line;
  return `${line.slice(0, Math.max(maxWidth - 1, 0)).toWellFormed()}…`;
}

function cutCell(cell: Cell, maxWidth: number): Cell {
  return cell.text.length <= maxWidth ? cell : { ...cell, text: cutText(cell.text, maxWidth) };
}
