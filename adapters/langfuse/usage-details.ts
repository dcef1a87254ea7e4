import type { Cost, Usage } from '../../src/index.ts';

/**
 * Tokens under Langfuse's own keys. Langfuse adds the parts up, so `input` goes without what was cached and
 * `output` without reasoning; fractions and negative numbers, which it would drop without a word, are put right.
 */
export function toUsageDetails(usage: Usage): Record<string, number> {
  const cacheRead = toCount(usage.cacheRead);
  const cacheWrite = toCount(usage.cacheWrite);
  const reasoning = toCount(usage.reasoning);
  return present({
    input: without(usage.input, (cacheRead ?? 0) + (cacheWrite ?? 0)),
    output: without(usage.output, reasoning ?? 0),
    total: toCount(usage.total),
    input_cached_tokens: cacheRead,
    input_cache_creation: cacheWrite,
    output_reasoning_tokens: reasoning,
  });
}

/** US dollars under Langfuse's own keys. */
export function toCostDetails(cost: Cost): Record<string, number> {
  return present({ input: cost.input, output: cost.output, total: cost.total });
}

function without(whole: number | undefined, part: number): number | undefined {
  const count = toCount(whole);
  return count === undefined ? undefined : Math.max(0, count - part);
}

function toCount(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value)
    ? undefined
    : Math.max(0, Math.round(value));
}

function present(entries: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined && Number.isFinite(value) && value >= 0) kept[key] = value;
  }
  return kept;
}
