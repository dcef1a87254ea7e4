import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// V8 calls the callbacks of one registry a turn, and a process has many: one in each lifecycle, and Node's own.
const turnsPerCollection = 10;

let collector: (() => void) | undefined;

/**
 * Collects garbage once. Not by an argument of the process: with one, Node.js compiles its own modules anew instead of taking
 * them from its cache, and every start costs what no program pays.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  collector ??= runInNewContext('gc') as () => void;
  collector();
}

/** Collects garbage until `isDone`, at most 50 times, with turns of the event loop after each. */
export async function collectGarbageUntil(isDone: () => boolean): Promise<void> {
  for (let collection = 0; collection < 50 && !isDone(); collection += 1) {
    collectGarbage();
    for (let turn = 0; turn < turnsPerCollection && !isDone(); turn += 1) {
      // A timer: a loop of immediates alone can starve the task that calls them (seen on Node 24).
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
  }
}
