import type { Cost, Usage } from '../../src/index.ts';

/**
 * Tokens under Langfuse's own keys. Langfuse adds the parts up, so `input` goes without what was cached and
 * `output` without reasoning; fractions and negative numbers, which it would drop without a word, are put right.
 */
export function toUsageDetails(usage: Usage): Record<string, number> {
  const cacheRead = toCount(usage.cacheRead);
  const cacheWrite = toCount(usage.cacheWrite);
  const reasoning = toCount(usage.reasoning);
  const details: Details = {};
  put(details, 'input', without(usage.input, (cacheRead ?? 0) + (cacheWrite ?? 0)));
  put(details, 'output', without(usage.output, reasoning ?? 0));
  put(details, 'total', toCount(usage.total));
  put(details, 'input_cached_tokens', cacheRead);
  put(details, 'input_cache_creation', cacheWrite);
  put(details, 'output_reasoning_tokens', reasoning);
  return details;
}

/** US dollars under Langfuse's own keys. */
export function toCostDetails(cost: Cost): Record<string, number> {
  const details: Details = {};
  put(details, 'input', cost.input);
  put(details, 'output', cost.output);
  put(details, 'total', cost.total);
  return details;
}

type Details = Record<string, number>;

function without(whole: number | undefined, part: number): number | undefined {
  const count = toCount(whole);
  return count === undefined ? undefined : Math.max(0, count - part);
}

function toCount(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value)
    ? undefined
    : Math.max(0, Math.round(value));
}

function put(details: Details, key: string, value: number | undefined): void {
  if (value !== undefined && Number.isFinite(value) && value >= 0) details[key] = value;
}
