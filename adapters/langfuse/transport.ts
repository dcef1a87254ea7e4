/** One request, whole. */
export interface TransportRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
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

/** Makes one request and reads its answer; follows redirects as `fetch` does. Rejects when no whole answer came. */
export type Transport = (request: TransportRequest) => Promise<TransportAnswer>;
