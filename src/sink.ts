import type { Clock } from './clock.ts';
import type { DiagnosticListener } from './diagnostics.ts';
import type { LifecycleRecord } from './records.ts';

/** What became of one record that a sink was given. */
export type Outcome =
  /** The server has it. It is never sent again. */
  | { readonly type: 'delivered' }
  /** This destination has no use for it in this phase (an open step on the append-only wire). Not a loss. */
  | { readonly type: 'unneeded' }
  /** Not now: it is kept and tried again, after `afterMs` when the server said so. */
  | { readonly type: 'retry'; readonly afterMs?: number }
  /** The server refuses it for good; it is counted under `reason`. */
  | {
      readonly type: 'rejected';
      readonly reason: 'rejected' | 'too_large';
      readonly message: string;
    };

/** What a sink gets from the lifecycle that it serves. */
export interface SinkContext {
  readonly clock: Clock;
  readonly diagnose: DiagnosticListener;
}

/** How another process can deliver in a sink's place. */
export interface StandIn {
  /** The URL of the module that makes the sink. */
  readonly module: string;
  /** The name of the export that is called with `options`. */
  readonly factory: string;
  /** Plain JSON; it may hold keys and goes through a pipe only. */
  readonly options: unknown;
}

/**
 * Delivers records to one place. The port that Langfuse, memory and console implement, and that anybody may.
 *
 * The outbox calls `send` with one batch at a time, never two at once, and keeps a record until its outcome is
 * `delivered`, `unneeded` or `rejected`; retrying is the outbox's business, not the sink's.
 */
export interface Sink {
  readonly name: string;
  /** Set when the sink cannot work (no keys): runs cost nothing and are counted as `disabled`. */
  readonly disabled?: { readonly message: string };
  /** Called once, before the first `send`. */
  start?(context: SinkContext): void;
  /**
   * Resolves to one outcome per record, in the order of `records`. A rejection counts as `retry` for all of them.
   * `signal` aborts when the caller's deadline has passed.
   */
  send(
    records: readonly LifecycleRecord[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly Outcome[]>;
  /** Frees sockets and timers. Called once, after the last `send`. */
  close?(): Promise<void>;
  /** How another process can deliver in this sink's place when this one's event loop is over; absent when none can. */
  readonly standIn?: StandIn;
  /** Where a person looks at the trace; undefined while that is not known. */
  traceUrl?(traceId: string): string | undefined;
}
