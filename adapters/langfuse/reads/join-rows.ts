import type { AuditRow } from './audit-row.ts';
import type { AuditedTrace } from './audited-trace.ts';
import { gather, type Gathered, toTrace } from './gathered-trace.ts';

/** A trace that no further row is expected of. */
export interface JoinedTrace {
  readonly trace: AuditedTrace;
  /**
   * Whether a parent may still be found: `no` when there is one, or is none for sure; `before` when it may have begun before
   * the first row; `anywhere` when the trace had to leave early because too many were held.
   */
  readonly missed: 'no' | 'before' | 'anywhere';
}

/** How rows become traces. */
export interface JoinOptions {
  /** Rows of a trace lie no further apart than this, milliseconds. */
  readonly horizonMs: number;
  /** All children are read, so that a trace with children but none at its top has no root. */
  readonly readsChildren: boolean;
  /** Traces that are held at the most. Default 20,000. */
  readonly limit?: number;
}

/** Rows in, traces out; holds the traces of one horizon. */
export interface RowJoin {
  /** Takes the next row, the latest first, and returns the traces that are done by then. */
  add(row: AuditRow): readonly JoinedTrace[];
  /** The traces that are left. */
  rest(): readonly JoinedTrace[];
  /** Traces that are held now. */
  readonly size: number;
}

/** A join that has not seen any row. */
export function createRowJoin(options: JoinOptions): RowJoin {
  const { horizonMs, limit = 20_000 } = options;
  // In the order in which they were last touched.
  const held = new Map<string, { readonly gathered: Gathered; readonly touchedAt: number }>();

  function release(
    isDue: (touchedAt: number) => boolean,
    missed: JoinedTrace['missed'],
  ): JoinedTrace[] {
    const joined: JoinedTrace[] = [];
    for (const [traceId, { gathered, touchedAt }] of held) {
      if (!isDue(touchedAt)) break;
      held.delete(traceId);
      const trace = toTrace(gathered, options);
      const isKnown = gathered.parent !== undefined;
      if (trace !== undefined) joined.push({ trace, missed: isKnown ? 'no' : missed });
    }
    return joined;
  }

  return {
    add(row) {
      const known = held.get(row.traceId);
      held.delete(row.traceId);
      const gathered = gather(known?.gathered, row);
      held.set(row.traceId, { gathered, touchedAt: row.time });
      const done = release((touchedAt) => touchedAt > row.time + horizonMs, 'before');
      const excess = held.size > limit ? release(() => held.size > limit, 'anywhere') : [];
      return [...done, ...excess];
    },
    rest: () => release(() => true, 'before'),
    get size() {
      return held.size;
    },
  };
}
