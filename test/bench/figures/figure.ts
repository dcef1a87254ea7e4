import type { CollectorCommand, CollectorReport } from '../collector/collector.ts';
import type { Contender, Target } from '../contenders/contender.ts';
import type { ContenderId } from '../contenders/index.ts';

/** What one child process measured: numbers by column. */
export type Sample = Readonly<Record<string, number>>;

/** What a child process gets to measure with. */
export interface Probe {
  readonly contenderId: ContenderId;
  readonly contender: Contender;
  readonly target: Target;
  /** Tells the collector of this process something, and hears what it counted. */
  readonly tell: (command: CollectorCommand) => Promise<CollectorReport>;
}

/** A column of a figure's table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
  /** The figure without tracing is taken off: what is left is what tracing costs. */
  readonly isAboveUntraced?: true;
  /** Shown as a multiple of the figure's yardstick too. */
  readonly hasRatio?: true;
}

/** What a column has to be. */
export interface Goal {
  readonly column: string;
  readonly contenders: readonly ContenderId[];
  readonly limit:
    | { readonly type: 'at-most'; readonly value: number }
    | { readonly type: 'at-least'; readonly value: number }
    /** A multiple of another contender's figure of the same command. */
    | { readonly type: 'times'; readonly of: ContenderId; readonly atMost: number };
}

/** How much is measured. */
export type Extent = 'quick' | 'full' | 'long';

/** One thing that is measured, the same way for each contender. */
export interface Figure {
  /** For the command line. */
  readonly name: string;
  readonly title: string;
  /** How it is measured, for the page. */
  readonly method: string;
  readonly contenders: readonly ContenderId[];
  readonly yardstick: ContenderId;
  /** How often each contender is measured, in turns. */
  readonly rounds: Readonly<Record<Extent, number>>;
  /** Child processes at once: more than one where the figure does not depend on the time that anything takes. */
  readonly atOnce: number;
  readonly columns: readonly Column[];
  readonly goals: readonly Goal[];
  /** In a child process of its own. */
  measure(probe: Probe, extent: Extent): Promise<Sample>;
}

const ours = ['ours-otlp', 'ours-legacy'] as const;
const oursOtlp = ['ours-otlp', 'ours-otlp-plain'] as const;

/** A goal for OTLP, with gzip and without. */
export function onOtlp(column: string, limit: Goal['limit']): Goal {
  return { column, contenders: oursOtlp, limit };
}

/** A goal for everything that is ours. */
export function everyWay(column: string, limit: Goal['limit']): Goal {
  return { column, contenders: [...oursOtlp, 'ours-legacy'], limit };
}

/** A goal for both of our wires. */
export function bothWires(column: string, limit: Goal['limit']): Goal {
  return { column, contenders: ours, limit };
}
