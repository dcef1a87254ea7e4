import { readField } from '../../src/index.ts';
import { type ModelSpend, readSpend, spentSince } from './spend.ts';

/** What a result adds to what the results before it said. */
export interface Bill {
  readonly spent: readonly ModelSpend[];
  /** What the SDK says in all, for the run. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Reads bills off the results of one query. */
export interface SpendMeter {
  read(result: unknown): Bill;
}

/**
 * The totals of a result grow over the turns of a query, and a resumed session goes on from the totals that its
 * transcript saved (ran: each resumed query starts with the cost of all before it). Counted as they come, a chat of
 * ten queries would cost ten times its first. `model_usage_since_last_result` says what is new (Claude Code 2.1, not
 * in the SDK's types); without it the totals of this query are told apart here, and the first one of a resumed session
 * is worth nothing, because nobody knows how much of it is new.
 */
export function createSpendMeter({ goesOn }: { readonly goesOn: boolean }): SpendMeter {
  let before: readonly ModelSpend[] | undefined = goesOn ? undefined : [];
  return {
    read(result) {
      const total = readSpend(readField(result, 'modelUsage'));
      const told = readField(result, 'model_usage_since_last_result');
      const known = before;
      // A result of a crash says zero, which is no new beginning.
      if (total.length > 0) before = total;
      const cost = readField(result, 'total_cost_usd');
      const metadata = { ...(typeof cost === 'number' && { total_cost_usd: cost }) };
      if (typeof told === 'object' && told !== null) return { spent: readSpend(told), metadata };
      if (known !== undefined) return { spent: spentSince(total, known), metadata };
      return { spent: [], metadata: { ...metadata, cost_source: 'unknown_before_resume' } };
    },
  };
}
