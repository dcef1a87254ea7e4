import type { LifecycleRecord, Outcome } from '../../src/index.ts';

/** What became of a record on one wire: an outcome, or the news that the server does not take this wire. */
export type WireOutcome = Outcome | WrongWire;

/** The server does not take records this way. They are unharmed and can go the other way. */
export interface WrongWire {
  readonly type: 'wrong-wire';
  /** `refused`: the server says that it takes OTLP only. `missing`: it has no such endpoint. */
  readonly cause: 'refused' | 'missing';
  readonly message: string;
}

/** One way to send records to Langfuse. */
export interface Wire {
  readonly name: 'ingestion' | 'otlp';
  /** Resolves to one outcome per record, in the order of `records`. */
  send(
    records: readonly LifecycleRecord[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly WireOutcome[]>;
}
