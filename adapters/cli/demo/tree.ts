import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { alignCells, type Cell, cutText, painted, toText } from '../terminal/table.ts';

/** A trace as lines: each observation with type, level, duration and what became of it, below the one that it is in. */
export function toTreeLines(
  trace: FakeTrace,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): readonly string[] {
  const known = new Set(trace.observations.map(({ id }) => id));
  const tops = trace.observations.filter(
    ({ parentObservationId: parent }) => parent === null || !known.has(parent),
  );
  const nodes = tops.flatMap((top) => toNodes(trace, top, { own: '', below: '' }));
  const aligned = alignCells(
    nodes.map(({ cells }) => cells),
    [{}, {}, {}, { align: 'right' }],
  );
  return nodes.flatMap(({ note, message }, index) => {
    const cells = aligned[index] ?? [];
    const taken = cells.reduce((sum, { text }) => sum + text.length + gap.length, 0);
    const texts = cells.map((cell) => painted(cell, paint));
    const line = [...texts, paint('dim', cutText(note, width - taken))].join(gap).trimEnd();
    return message === undefined ? [line] : [line, toMessageLine(message, { paint, width })];
  });
}

const gap = '  ';

interface Branch {
  /** In front of the observation itself. */
  readonly own: string;
  /** In front of what is below it. */
  readonly below: string;
}

interface Node {
  /** Name, type, level and duration. */
  readonly cells: readonly Cell[];
  readonly note: string;
  /** Why a run failed: too much for the note. */
  readonly message?: { readonly text: string; readonly indent: string; readonly style: Style };
}

function toNodes(trace: FakeTrace, row: FakeObservation, branch: Branch): readonly Node[] {
  const children = trace.observations.filter(
    ({ parentObservationId }) => parentObservationId === row.id,
  );
  const message = isRun(row) ? row.statusMessage : null;
  const indent = branch.below + (children.length > 0 ? '│  ' : '   ');
  return [
    {
      cells: toCells(row, branch),
      note: isRun(row) ? toRunNote(trace, row) : toStepNote(row),
      ...(message && { message: { text: message, indent, style: levelStyle(row.level) } }),
    },
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      const below = branch.below + (isLast ? '   ' : '│  ');
      return toNodes(trace, child, { own: `${branch.below}${isLast ? '└─ ' : '├─ '}`, below });
    }),
  ];
}

function toMessageLine(
  { text, indent, style }: NonNullable<Node['message']>,
  { paint, width }: { readonly paint: Paint; readonly width: number },
): string {
  return indent + paint(style, cutText(text, width - indent.length));
}

function isRun({ type }: FakeObservation): boolean {
  return type === 'AGENT';
}

function toCells(row: FakeObservation, { own }: Branch): readonly Cell[] {
  return [
    { text: own + cutText(row.name ?? '(no name)', 40), ...(isRun(row) && { style: 'bold' }) },
    { text: row.type, style: 'cyan' },
    { text: row.level === 'DEFAULT' ? '' : row.level, style: levelStyle(row.level) },
    { text: toDuration(row) },
  ];
}

function levelStyle(level: string): Style {
  if (level === 'ERROR') return 'red';
  return level === 'WARNING' ? 'yellow' : 'dim';
}

function toDuration({ type, startTime, endTime }: FakeObservation): string {
  if (type === 'EVENT') return '';
  return endTime === null ? 'open' : `${Date.parse(endTime) - Date.parse(startTime)} ms`;
}

function toRunNote(trace: FakeTrace, { metadata, sessionId }: FakeObservation): string {
  const keys = ['status', 'reason', 'conversation_id_source'] as const;
  const [status, reason, source] = keys.map((key) => toText(metadata[key]));
  const conversation = sessionId ?? trace.sessionId;
  const told = conversation === null ? 'no conversation' : `${conversation} from ${source}`;
  return `${status} (${reason}) · ${told}`;
}

function toStepNote(row: FakeObservation): string {
  if (row.statusMessage !== null && row.statusMessage !== '') return row.statusMessage;
  switch (row.type) {
    case 'GENERATION':
      return [row.model, toUsage(row), thoughtOf(row.output)].filter(Boolean).join(' · ');
    case 'TOOL':
      return `${cutText(toPhrase(row.input), 45)} → ${toPhrase(row.output)}`;
    case 'EVENT':
      return 'written while the run was open';
    default:
      return '';
  }
}

function toUsage({ usageDetails }: FakeObservation): string {
  const { input, output } = { input: usageDetails['input'], output: usageDetails['output'] };
  return input === undefined || output === undefined ? '' : `${input} in, ${output} out`;
}

function thoughtOf(output: unknown): string {
  if (typeof output !== 'object' || output === null) return '';
  const thought: unknown = Reflect.get(output, 'thought') ?? Reflect.get(output, 'output');
  return typeof thought === 'string' ? thought : '';
}

/** A value in few words: the fields of an object without quotes and braces, lists by their length. */
function toPhrase(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} item${value.length === 1 ? '' : 's'}`;
  if (typeof value !== 'object' || value === null) return toText(value);
  const fields = Object.entries(value);
  if (fields.length === 1 && typeof fields[0]?.[1] === 'string') return fields[0][1];
  return fields
    .map(([key, field]) => `${key}: ${typeof field === 'object' ? toPhrase(field) : toText(field)}`)
    .join(', ');
}
