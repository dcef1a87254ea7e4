import type { ReadProgress } from '../../langfuse/reads/read-client.ts';
import { toPrintableLine } from '../../../src/printable-line.ts';
import { counted } from '../terminal/counted.ts';
import { minute, whole } from './report/numbers.ts';

/** Shows how far an audit is. */
export interface Progress {
  readonly tell: (progress: ReadProgress) => void;
  /** Clears the line of a terminal; tells a log of the pauses that it was spared. */
  readonly end: () => void;
}

/** Where progress goes. */
export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A terminal has one line that changes; a log gets one line every ten seconds. */
  readonly isTerminal: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Progress for a person who waits, on a terminal or in a log. */
export function createProgress(options: ProgressOptions): Progress {
  return options.isTerminal ? terminalProgress(options) : logProgress(options);
}

const clearLine = '\r\u001b[2K';

function terminalProgress({ write }: ProgressOptions): Progress {
  let pauses = noPauses;
  let isShown = false;
  return {
    tell(progress) {
      if (progress.type === 'wait') pauses = withPause(pauses, progress);
      write(`${clearLine}${textOf(progress, pauses)}`);
      isShown = true;
    },
    end() {
      if (isShown) write(clearLine);
    },
  };
}

const logEveryMs = 10_000;

function logProgress({ write, now }: ProgressOptions): Progress {
  let rowsAt = now();
  let pausedAt = Number.NEGATIVE_INFINITY;
  let pauses = noPauses;
  let untold = 0;
  return {
    tell(progress) {
      if (progress.type === 'rows') {
        if (now() - rowsAt < logEveryMs) return;
        rowsAt = now();
      } else {
        pauses = withPause(pauses, progress);
        untold += 1;
        // A pause explains why nothing moves: the first is told at once, and so is a long one. Many short ones are one line.
        if (now() + progress.waitMs - pausedAt < logEveryMs) return;
        pausedAt = now();
        untold = 0;
      }
      write(`${textOf(progress, pauses)}\n`);
    },
    end() {
      if (untold === 0) return;
      write(`waited ${seconds(pauses.sumMs)} in ${counted(pauses.count, 'pause')}\n`);
    },
  };
}

interface Pauses {
  readonly count: number;
  readonly sumMs: number;
}

const noPauses: Pauses = { count: 0, sumMs: 0 };

function withPause({ count, sumMs }: Pauses, { waitMs }: { readonly waitMs: number }): Pauses {
  return { count: count + 1, sumMs: sumMs + waitMs };
}

function textOf(progress: ReadProgress, pauses: Pauses): string {
  switch (progress.type) {
    case 'rows':
      return `${whole(progress.rows)} rows read, back to ${minute(new Date(progress.time).toISOString())} UTC`;
    case 'wait': {
      const { count, sumMs } = pauses;
      const sum = count > 1 ? `: pause ${whole(count)}, ${seconds(sumMs)} in all` : '';
      return `waiting ${seconds(progress.waitMs)} (${toPrintableLine(progress.why)})${sum}`;
    }
    default:
      return progress satisfies never;
  }
}

function seconds(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1_000)} s`;
}
