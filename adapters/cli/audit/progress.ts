import type { ReadProgress } from '../../langfuse/reads/read-client.ts';
import { toPrintableLine } from '../../../src/printable-line.ts';
import { minute, whole } from './report/format.ts';

/** Shows how far an audit is. */
export interface Progress {
  readonly tell: (progress: ReadProgress) => void;
  /** Clears the line of a terminal. */
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

const logEveryMs = 10_000;
const clearLine = '\r\u001b[2K';

/** Progress for a person who waits, on a terminal or in a log. */
export function createProgress({ write, isTerminal, now }: ProgressOptions): Progress {
  let lastAt = now();
  let isShown = false;

  function show(text: string): void {
    write(isTerminal ? `${clearLine}${text}` : `${text}\n`);
    isShown = true;
    lastAt = now();
  }

  return {
    tell(progress) {
      // A wait explains why nothing moves, so it is always told.
      if (progress.type === 'rows' && !isTerminal && now() - lastAt < logEveryMs) return;
      show(textOf(progress));
    },
    end() {
      if (isTerminal && isShown) write(clearLine);
    },
  };
}

function textOf(progress: ReadProgress): string {
  switch (progress.type) {
    case 'rows':
      return `${whole(progress.rows)} rows read, back to ${minute(new Date(progress.time).toISOString())} UTC`;
    case 'wait':
      return `waiting ${Math.ceil(progress.waitMs / 1_000)} s (${toPrintableLine(progress.why)})`;
    default:
      return progress satisfies never;
  }
}
