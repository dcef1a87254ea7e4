import type { ReportWindow } from './report.ts';

/** A share in percent with one decimal, rounded down: only all is 100%, and only nothing is 0.0%. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  if (part === whole) return '100%';
  const tenths = Math.floor((part * 1_000) / whole);
  return tenths === 0 && part > 0 ? '<0.1%' : `${(tenths / 10).toFixed(1)}%`;
}

/** A whole number with thousands separators. */
export function whole(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `2026-11-21 10:00`, UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** A window, for a heading. */
export function span({ from, to }: ReportWindow): string {
  return `${minute(from)} to ${minute(to)} UTC`;
}

/** Milliseconds as the largest unit in which they are whole: `90m`, `24h`, `7d`. */
export function duration(milliseconds: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'm'],
  ] as const;
  for (const [size, unit] of units) {
    if (milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds / 1_000}s`;
}
