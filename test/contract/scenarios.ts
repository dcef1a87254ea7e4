import { conversations } from './scenarios/conversations.ts';
import { facts } from './scenarios/facts.ts';
import { failures } from './scenarios/failures.ts';
import { longRuns } from './scenarios/long-runs.ts';
import { steps } from './scenarios/steps.ts';
import { successes } from './scenarios/successes.ts';
import type { Scenario } from './scenario.ts';

/** What every sink must get through. */
export const scenarios: readonly Scenario[] = [
  ...successes,
  ...failures,
  ...steps,
  ...conversations,
  ...facts,
  ...longRuns,
];
