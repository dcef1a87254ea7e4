import type { IdSource } from '../../adapters/index.ts';

/** Ids that are the same in every process: `a…1`, `a…2` for traces and `b…1`, `b…2` for spans. */
export function countedIds(): IdSource {
  let traces = 0;
  let spans = 0;
  return {
    traceId: () =>
      `a${String((traces += 1)).padStart(15, '0')}a${String(traces).padStart(15, '0')}`,
    spanId: () => `b${String((spans += 1)).padStart(15, '0')}`,
  };
}
