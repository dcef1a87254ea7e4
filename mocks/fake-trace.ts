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
