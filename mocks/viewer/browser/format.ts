import type { RunStatus, Tokens } from '../api.ts';

/** Milliseconds as a person reads them: `340 ms`, `4.21 s`, `2 m 05 s`, `3 h 12 m`. */
export function toDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  if (ms < 0) return `-${toDuration(-ms)}`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`;
}

/** Time that goes on, in whole seconds: `4 s`, `2 m 05 s`. */
export function toElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds} s` : toDuration(seconds * 1000);
}

/** The time of day; with the day when it is not that of `now`. In the browser's time zone. */
export function toClock(atMs: number, now: number): string {
  const [at, today] = [new Date(atMs), new Date(now)];
  if (Number.isNaN(at.getTime())) return '';
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
  if (at.toDateString() === today.toDateString()) return time;
  const day = `${at.getDate()} ${months[at.getMonth()] ?? ''}`;
  return at.getFullYear() === today.getFullYear() ? `${day} ${time}` : `${day} ${at.getFullYear()}`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The whole time, for who wants to know exactly. */
export function toExactTime(atMs: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

/** A count with separators, empty for none. */
export function toCount(count: number | null): string {
  return count === null ? '' : count.toLocaleString('en-US');
}

/** The tokens of a step in words, empty for none. */
export function toTokens({ input, output, total }: Tokens): string {
  if (input !== null && output !== null) return `${toCount(input)} in, ${toCount(output)} out`;
  return total === null ? '' : toCount(total);
}

/** US dollars, small ones to four significant digits; empty for none. */
export function toCost(cost: number | null): string {
  if (cost === null) return '';
  if (cost !== 0 && Math.abs(cost) < 0.01)
    return `$${Number(cost.toPrecision(2)).toFixed(6).replace(/0+$/, '')}`;
  return `$${cost.toFixed(cost < 1 ? 4 : 2)}`;
}

/** A status as the page names it. */
export function toStatusText(status: RunStatus): string {
  return status === 'in_progress' ? 'in progress' : status;
}

/** `1 step`, `2 steps`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${toCount(count)} ${count === 1 ? one : many}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
