/** What was looked at, in this order. */
export type CheckName =
  | 'environment'
  | 'address'
  | 'proxy'
  | 'network'
  | 'server'
  | 'clock'
  | 'keys'
  | 'wire'
  | 'journal'
  | 'instrumentation'
  | 'probe';

/** What a check found, and what to do about it. */
export interface Finding {
  readonly check: CheckName;
  /** `skipped`: it could not be looked at, because something before it has failed. */
  readonly status: 'ok' | 'warning' | 'failed' | 'skipped';
  /** In a sentence; never holds a secret. */
  readonly found: string;
  /** What to do. */
  readonly fix?: string;
}
