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

/** Lines of a table with a ruled head; as wide as its widest cells. */
export function toTableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): readonly string[] {
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
  const lines = alignCells([titles, ...rows], columns);
  const [head = [], ...body] = lines;
  const rule = head.map(({ text }) => '─'.repeat(text.length)).join('─┼─');
  const join = (cells: readonly Cell[]): string =>
    cells
      .map((cell) => painted(cell, paint))
      .join(' │ ')
      .trimEnd();
  return [join(head), rule, ...body.map(join)];
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
