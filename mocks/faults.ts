import type { FakeResponse } from './fake-langfuse.ts';

/** Which requests a fault applies to. */
export interface FaultScope {
  /** How many matching requests it applies to; default 1, `Infinity` for an outage. */
  readonly times?: number;
  /** Default `writes`: both ingestion endpoints. */
  readonly on?: 'ingestion' | 'otlp' | 'writes' | 'reads' | 'everything';
}

/** A way in which a Langfuse, or something between, fails. */
export type Fault = FaultScope &
  (
    | { readonly type: 'status'; readonly status: 401 | 403 | 404 | 413 | 500 | 502 | 503 | 504 }
    | { readonly type: 'rate-limit'; readonly retryAfter: number | string }
    | { readonly type: 'html'; readonly status: number }
    | { readonly type: 'partial'; readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined }
    | { readonly type: 'hang' }
    | { readonly type: 'reset'; readonly afterBytes?: number }
    | { readonly type: 'slow'; readonly delayMs: number }
    | { readonly type: 'answer'; readonly response: FakeResponse }
  );
