import type { Fault } from './faults.ts';
import { createWatchedFake } from './watched-fake.ts';

/** How a Langfuse server stores what it is sent (`LANGFUSE_MIGRATION_V4_WRITE_MODE`). */
export type WriteMode = 'legacy' | 'dual' | 'events_only';

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

/** A request as the fake sees it, whoever carried it (MSW, HTTP, a test). */
export interface FakeRequest {
  readonly method: string;
  /** Path and query, for example `/api/public/traces?limit=1`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

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

/** One observation as Langfuse would show it, whichever wire wrote it. */
export interface FakeObservation {
  readonly id: string;
  readonly traceId: string;
  readonly parentObservationId: string | null;
  /** `AGENT`, `GENERATION`, `EVENT` … */
  readonly type: string;
  readonly name: string | null;
  readonly startTime: string;
  readonly endTime: string | null;
  readonly level: string;
  readonly statusMessage: string | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly tags: readonly string[];
  readonly traceName: string | null;
  readonly model: string | null;
  readonly modelParameters: Readonly<Record<string, unknown>> | null;
  readonly usageDetails: Readonly<Record<string, number>>;
  readonly costDetails: Readonly<Record<string, number>>;
  readonly completionStartTime: string | null;
  readonly version: string | null;
  readonly release: string | null;
  readonly environment: string;
  readonly public: boolean;
  /** True when this row is what Langfuse lists as the run: no parent, or flagged as app root. */
  readonly isRoot: boolean;
}

/** One trace as a person sees it in Langfuse: the trace fields, the root if there is one, and every row. */
export interface FakeTrace {
  readonly id: string;
  readonly name: string | null;
  readonly timestamp: string;
  readonly sessionId: string | null;
  readonly userId: string | null;
  readonly tags: readonly string[];
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly release: string | null;
  readonly version: string | null;
  readonly environment: string;
  readonly public: boolean;
  /** The root observation; undefined while only children or a start marker have come. */
  readonly root: FakeObservation | undefined;
  /**
   * Every row, the root included, by start time. A span id that was exported again shows twice when the second export
   * differs from the first, and once when it is the same, as on the real server.
   */
  readonly observations: readonly FakeObservation[];
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

/**
 * A fresh, empty Langfuse; without options a v4 server that takes OTLP only (`events_only`). Throws a TypeError on a
 * version that is none.
 *
 * @example
 * const fake = createFakeLangfuse({ writeMode: 'dual' });
 * const reply = fake.handle({ method: 'GET', path: '/api/public/health', headers: {}, body: new Uint8Array() });
 */
export function createFakeLangfuse(options: FakeLangfuseOptions = {}): FakeLangfuse {
  return createWatchedFake({ ...options, history: 'all' });
}
