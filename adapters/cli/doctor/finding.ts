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

interface Found {
  readonly check: CheckName;
  /** In a sentence; never holds a secret. */
  readonly found: string;
}

/** What a check found, and what to do about it. */
export type Finding =
  /** `skipped`: it could not be looked at, because something before it has failed. */
  | (Found & { readonly status: 'ok' | 'skipped'; readonly fix?: never })
  | (Found & { readonly status: 'warning' | 'failed'; /** What to do. */ readonly fix: string });
