import { burst } from './burst.ts';
import { coldStart } from './cold-start.ts';
import { disabled } from './disabled.ts';
import type { Figure } from './figure.ts';
import { installedSize } from './installed-size.ts';
import { largeInput } from './large-input.ts';
import { openRuns } from './open-runs.ts';
import { outage } from './outage.ts';
import { scaling } from './scaling.ts';
import { soak } from './soak.ts';
import { steady } from './steady.ts';

/** Everything that is measured, in the order of the page. */
export const figures: readonly Figure[] = [
  steady,
  burst,
  outage,
  openRuns,
  soak,
  largeInput,
  coldStart,
  disabled,
  scaling,
  installedSize,
];
