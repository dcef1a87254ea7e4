import { setImmediate } from 'node:timers';

// What a timer of the program may come too late by.
const sliceMs = 0.2;

/**
 * Runs `work` to its end, in turns of the event loop that are its own. Where it yields, other work of the process gets its
 * turn when a slice is over.
 */
export function inSlices<Result>(work: Generator<void, Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    // No promise for a slice: there are many.
    const runSlice = (): void => {
      try {
        const until = performance.now() + sliceMs;
        let step = work.next();
        while (step.done !== true && performance.now() < until) step = work.next();
        if (step.done === true) setImmediate(resolve, step.value);
        else setImmediate(runSlice);
      } catch (error) {
        reject(error);
      }
    };
    setImmediate(runSlice);
  });
}
