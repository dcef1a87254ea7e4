import { percent, whole } from './numbers.ts';
import { type Html, markup } from './html-text.ts';
import type { AuditReport, ReportCounts } from './report.ts';

type Period = AuditReport['timeline']['periods'][number];

/** Statuses from the bottom of a bar to its top. */
export const stackedStatuses = [
  { status: 'completed', title: 'completed' },
  { status: 'suspended', title: 'suspended' },
  { status: 'error', title: 'error' },
  { status: 'in_progress', title: 'stale in progress' },
  { status: 'no_parent', title: 'no parent' },
] as const;

/** How many of some runs ended so. */
export function countOf({ endings }: Pick<ReportCounts, 'endings'>, status: string): number {
  return endings
    .filter((ending) => ending.status === status)
    .reduce((sum, { count }) => sum + count, 0);
}

/** Bars of the share of complete parents, period by period; a period without parents has none. */
export function completenessChart({ timeline, total }: AuditReport): Html {
  const { periods } = timeline;
  const slot = toSlots(periods.length);
  const bars = periods.flatMap((period, index) => {
    if (period.due === 0) return [];
    const height = (period.complete / period.due) * plot.height;
    const text = `${labelOf(period, timeline.periodLength)}: ${percent(period.complete, period.due)} of ${whole(period.due)}`;
    const y = fixed(plot.top + plot.height - height);
    const box = markup`x="${slot.x(index)}" width="${slot.width}"`;
    return [
      // The frame shows that there were parents even where none is complete.
      markup`<rect class="rest" ${box} y="${plot.top}" height="${plot.height}"></rect>`,
      markup`<rect class="complete" ${box} y="${y}" height="${fixed(height)}"><title>${text}</title></rect>`,
    ];
  });
  return frame({
    id: 'completeness',
    title: 'Complete parents over time',
    description: `${percent(total.complete, total.due)} of ${whole(total.due)} parents are complete, from ${firstAndLast(timeline)}.`,
    scale: ['100%', '50%', '0%'],
    timeline,
    bars,
  });
}

/** Stacked bars of how runs ended, period by period. */
export function endingsChart({ timeline, total }: AuditReport): Html {
  const { periods } = timeline;
  const most = Math.max(1, ...periods.map(({ due }) => due));
  const slot = toSlots(periods.length);
  const bars = periods.flatMap((period, index) => {
    let below = 0;
    return stackedStatuses.flatMap(({ status, title }) => {
      const count = countOf(period, status);
      if (count === 0) return [];
      const height = (count / most) * plot.height;
      below += height;
      const text = `${labelOf(period, timeline.periodLength)}: ${whole(count)} ${title}`;
      const y = fixed(plot.top + plot.height - below);
      return [
        markup`<rect class="${status}" x="${slot.x(index)}" y="${y}" width="${slot.width}" height="${fixed(height)}"><title>${text}</title></rect>`,
      ];
    });
  });
  const sums = stackedStatuses.map(
    ({ status, title }) => `${whole(countOf(total, status))} ${title}`,
  );
  return frame({
    id: 'endings',
    title: 'Endings over time',
    description: `${sums.join(', ')}, from ${firstAndLast(timeline)}.`,
    scale: [whole(most), most > 1 ? whole(Math.round(most / 2)) : '', '0'],
    timeline,
    bars,
  });
}

/** A period for a person: `2026-11-21`, or `2026-11-21 10:00`. */
export function labelOf(
  { start }: Pick<Period, 'start'>,
  periodLength: AuditReport['timeline']['periodLength'],
): string {
  return periodLength === 'day' ? start.slice(0, 10) : start.slice(0, 16).replace('T', ' ');
}

const plot = { left: 56, top: 12, width: 680, height: 180 } as const;
const size = { width: plot.left + plot.width + 8, height: plot.top + plot.height + 32 } as const;

interface Frame {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** At the top, the middle and the bottom. */
  readonly scale: readonly [string, string, string];
  readonly timeline: AuditReport['timeline'];
  readonly bars: readonly Html[];
}

function frame({ id, title, description, scale, timeline, bars }: Frame): Html {
  const { periods, periodLength } = timeline;
  const first = periods[0];
  const last = periods.at(-1);
  const right = plot.left + plot.width;
  const below = plot.top + plot.height + 20;
  const lines = scale.map((text, index) => {
    const y = plot.top + (plot.height * index) / 2;
    const line = markup`<line class="grid" x1="${plot.left}" y1="${y}" x2="${right}" y2="${y}"></line>`;
    return markup`${line}<text class="scale" x="${plot.left - 8}" y="${y + 4}" text-anchor="end">${text}</text>`;
  });
  const ends =
    first === undefined || last === undefined
      ? []
      : [
          markup`<text class="scale" x="${plot.left}" y="${below}">${labelOf(first, periodLength)}</text>`,
          markup`<text class="scale" x="${right}" y="${below}" text-anchor="end">${labelOf(last, periodLength)}</text>`,
        ];
  const words = markup`<title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>`;
  return markup`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${id}-title ${id}-description">${words}${lines}${bars}${ends}</svg>`;
}

interface Slots {
  readonly width: string;
  x(index: number): string;
}

function toSlots(amount: number): Slots {
  const step = plot.width / Math.max(amount, 1);
  const gap = Math.min(step * 0.2, 4);
  // A window of one period shall not look like a wall.
  const width = Math.min(step - gap, 48);
  return {
    width: fixed(width),
    x: (index) => fixed(plot.left + index * step + (step - width) / 2),
  };
}

function firstAndLast({ periods, periodLength }: AuditReport['timeline']): string {
  const [first] = periods;
  const last = periods.at(-1);
  if (first === undefined || last === undefined) return 'an empty window';
  return `${labelOf(first, periodLength)} to ${labelOf(last, periodLength)} UTC`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
