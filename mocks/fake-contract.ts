import type { FakeReply, FakeRequest } from './fake-exchange.ts';
import type { FakeTrace } from './fake-trace.ts';
import type { WriteMode } from './fake/server-version.ts';
import type { Fault } from './faults.ts';

/** What kind of Langfuse the fake pretends to be. */
export interface FakeLangfuseOptions {
  /** Default `events_only`, as on Langfuse Cloud and on v4 servers out of the box. */
  readonly writeMode?: WriteMode;
  /** The version that health answers, and whose endpoints exist. Default `4.16.0`, the recorded one. */
  readonly version?: string;
  /** Default `pk-lf-local`. As on the real server the secret alone decides; the public key is not compared. */
  readonly publicKey?: string;
  /** Default `sk-lf-local`. */
  readonly secretKey?: string;
  /** Milliseconds since the epoch; default `Date.now`. Only server-made times depend on it. */
  readonly now?: () => number;
}

/** A request that the fake took, with what it held after gunzip and decoding. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Size on the wire, before gunzip. */
  readonly bytes: number;
  /** The decoded JSON (protobuf exports in their JSON form); undefined where it could not be decoded. */
  readonly json: unknown;
  /** The status that was answered; undefined for a hang or a reset. */
  readonly status: number | undefined;
}

/** A Langfuse that lives in memory: requests in, the real server's answers out. */
export interface FakeLangfuse {
  /** Never throws; an unknown path is the real server's HTML 404. */
  handle(request: FakeRequest): FakeReply;
  readonly options: Required<FakeLangfuseOptions>;
  /** Changes the write mode in mid-flight, as an operator does; what is stored stays. */
  setWriteMode(writeMode: WriteMode): void;
  /** Adds a fault; it applies to the requests that match until it is used up or `reset()`. */
  fault(fault: Fault): void;
  /** Everything that was asked, in order. */
  readonly requests: readonly SeenRequest[];
  /** Everything stored, oldest first, settled (no copy delay). */
  traces(): readonly FakeTrace[];
  trace(traceId: string): FakeTrace | undefined;
  /** Every legacy ingestion event that was acknowledged with 201, in the order of arrival, as it was sent. */
  readonly ingestionEvents: readonly unknown[];
  /** Every OTLP span that was acknowledged with 200, in the order of arrival, as it was sent (JSON form). */
  readonly otlpSpans: readonly unknown[];
  /** Forgets rows, requests and faults. */
  reset(): void;
}
