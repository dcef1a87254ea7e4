/** A request as the fake sees it, whoever carried it (MSW, HTTP, a test). */
export interface FakeRequest {
  readonly method: string;
  /** Path and query, for example `/api/public/traces?limit=1`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a request is for, as faults see it; everything that is not a write counts as a read, health and projects too. */
export type RequestTarget = 'ingestion' | 'otlp' | 'reads';

/** An answer; a header that the real server leaves out (the content type of a plain-text 413) is absent. */
export interface FakeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the carrier has to do: answer, or misbehave as a fault asked for. */
export type FakeReply =
  | { readonly type: 'response'; readonly response: FakeResponse; readonly delayMs: number }
  | { readonly type: 'hang' }
  | { readonly type: 'reset'; readonly afterBytes: number; readonly response: FakeResponse };
