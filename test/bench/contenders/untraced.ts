import type { Contender, OpenRun, OpenStep } from './contender.ts';

const step: OpenStep = { end() {} };
const run: OpenRun = { startStep: () => step, end() {} };

/** The same program without tracing: what the harness itself costs. */
export const untraced: Contender = {
  does: 'nothing: what the program and the harness cost',
  doesNot: 'trace',
  start: () => Promise.resolve({ startRun: () => run, flush: () => Promise.resolve() }),
};
