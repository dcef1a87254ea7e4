import { InvalidArgumentError } from 'commander';
import type { AuditWindow } from '../../langfuse/reads/audited-trace.ts';

/** A second window to compare with: so long before the first, or between two times. */
export type Baseline =
  | { readonly type: 'before'; readonly lengthMs: number }
  | { readonly type: 'between'; readonly window: AuditWindow };

const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const longestMs = 366 * 86_400_000;

/** `90m`, `24h`, `7d`, `2w` as milliseconds; a year at the most. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text.trim());
  const milliseconds = Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? Number.NaN);
  if (!(milliseconds >= 1 && milliseconds <= longestMs)) {
    throw new InvalidArgumentError(
      'Expected a number with m, h, d or w, above 0 and up to 366d, for example 90m, 24h or 7d.',
    );
  }
  return Math.round(milliseconds);
}

/** A day or a time in ISO 8601, as milliseconds since the epoch; without a zone it is UTC. */
export function parseTime(text: string): number {
  const form =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;
  const match = form.exec(text.trim());
  const time =
    match === null
      ? Number.NaN
      : Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  if (Number.isNaN(time) || !isRealDay(match?.[1] ?? '')) {
    throw new InvalidArgumentError(
      'Expected a day or a time, UTC unless it has a zone, for example 2026-11-20 or 2026-11-20T08:30.',
    );
  }
  return time;
}

// Date.parse takes the 31st of February for the 3rd of March.
function isRealDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}

/** `7d`, or two times with a slash between them. */
export function parseBaseline(text: string): Baseline {
  const [first = '', second, ...rest] = text.split('/');
  if (second === undefined) return { type: 'before', lengthMs: parseDuration(text) };
  const window = { from: parseTime(first), to: parseTime(second) };
  if (rest.length > 0 || window.to <= window.from) {
    throw new InvalidArgumentError(
      'Expected a duration or two times, the earlier one first, for example 7d or 2026-11-01/2026-11-08.',
    );
  }
  return { type: 'between', window };
}

/** 0 to 100, decimals allowed. */
export function parsePercent(text: string): number {
  const percent = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(percent <= 100)) {
    throw new InvalidArgumentError('Expected a percentage from 0 to 100, for example 99.5.');
  }
  return percent;
}

/** A whole number from 0 on. */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('Expected a whole number from 0 on, for example 0 or 20.');
  }
  return Number(text);
}

/** How many traces may be listed. */
export function parseListed(text: string): number {
  const count = parseCount(text);
  if (count > 1_000) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 1000, for example 20.');
  }
  return count;
}

/** Names with commas between them. */
export function parseNames(text: string): readonly string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw new InvalidArgumentError(
      'Expected names with commas between them, for example production,staging.',
    );
  }
  return names;
}
