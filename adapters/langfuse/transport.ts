/** What a request carries: a text, or bytes in pieces that follow one another. */
export type Content = string | readonly Uint8Array<ArrayBuffer>[];

/** One request, whole. */
export interface TransportRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Content | undefined;
  readonly signal: AbortSignal;
  /** Reading the answer stops after about so many bytes. */
  readonly bodyLimitBytes: number;
}

/** What came back. */
export interface TransportAnswer {
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly text: string;
}

/**
 * Makes one request and reads its answer; follows redirects as `fetch` does. Rejects when no whole answer came. Nothing
 * reads the pieces of the body any more when it has settled.
 */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;
