import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects garbage until `isDone`, at most 50 times, with a turn of the event loop after each. */
export async function collectGarbageUntil(isDone: () => boolean): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  for (let turn = 0; turn < 50 && !isDone(); turn += 1) {
    collectGarbage();
    // A loop of immediates alone can starve the task that tells of what was collected (seen on Node 24).
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}
