import { toPrintableLine } from '../../../src/printable-line.ts';
import { counted } from '../terminal/counted.ts';

/** Names the lines that were no events, the first of them one by one. */
export interface Refusals {
  tell(line: number, why: string): void;
  /** Tells how many more there were. */
  conclude(): void;
}

const shown = 20;

/** Refusals of nothing yet; `write` takes lines with their ends. */
export function createRefusals(write: (text: string) => void): Refusals {
  let count = 0;
  return {
    tell(line, why) {
      count += 1;
      if (count <= shown) write(`line ${line}: ${toPrintableLine(why)}\n`);
    },
    conclude() {
      const more = count - shown;
      if (more > 0) write(`… and ${counted(more, 'more line')} like these\n`);
    },
  };
}
