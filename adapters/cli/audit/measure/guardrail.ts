import type { Tally } from './tally.ts';

/** Limits that a project must keep. */
export interface Limits {
  /** Percent of the parents that are due. */
  readonly minComplete?: number;
  readonly maxStale?: number;
  readonly maxOrphans?: number;
  /** Without so many parents nothing is proven. Default 1 as soon as there is another limit. */
  readonly minParents?: number;
}

/** Whether the limits were kept. */
export interface GuardrailReport {
  readonly passed: boolean;
  readonly checks: readonly GuardrailCheck[];
}

/** One limit, and what was found. */
export interface GuardrailCheck {
  readonly name: 'min-complete' | 'max-stale' | 'max-orphans' | 'min-parents';
  readonly limit: number;
  /** Null when there was nothing to measure. */
  readonly found: number | null;
  readonly passed: boolean;
}

/** Compares exact numbers, not the rounded ones of a report; undefined when no limit was set. */
export function checkLimits(tally: Tally, limits: Limits): GuardrailReport | undefined {
  const { minComplete, maxStale, maxOrphans } = limits;
  const isLimited = [minComplete, maxStale, maxOrphans, limits.minParents].some(
    (limit) => limit !== undefined,
  );
  if (!isLimited) return undefined;
  const { minParents = 1 } = limits;
  const { due, complete, stale, orphans } = tally;
  const share = due === 0 ? null : (complete * 100) / due;
  const checks: GuardrailCheck[] = [
    ...(minComplete === undefined
      ? []
      : [
          {
            name: 'min-complete' as const,
            limit: minComplete,
            found: share,
            // A percentage such as 99.9 has no exact binary form; the allowance is far below one parent.
            passed: complete * 100 >= minComplete * due - due * 1e-9,
          },
        ]),
    ...atMost('max-stale', maxStale, stale),
    ...atMost('max-orphans', maxOrphans, orphans),
    { name: 'min-parents', limit: minParents, found: due, passed: due >= minParents },
  ];
  return { passed: checks.every(({ passed }) => passed), checks };
}

function atMost(
  name: 'max-stale' | 'max-orphans',
  limit: number | undefined,
  found: number,
): readonly GuardrailCheck[] {
  return limit === undefined ? [] : [{ name, limit, found, passed: found <= limit }];
}
