/** A row of the v1 trace table. Times are milliseconds since the epoch; texts as they are stored. */
export interface TraceRecord {
  readonly id: string;
  readonly timestamp: number;
  readonly environment: string;
  readonly name?: string | null | undefined;
  readonly userId?: string | null | undefined;
  readonly sessionId?: string | null | undefined;
  readonly release?: string | null | undefined;
  readonly version?: string | null | undefined;
  readonly public: boolean;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A row of the v1 observation table. */
export interface ObservationRecord {
  readonly id: string;
  readonly traceId: string;
  readonly type: string;
  readonly environment: string;
  readonly startTime: number;
  readonly endTime?: number | undefined;
  readonly completionStartTime?: number | undefined;
  readonly name?: string | null | undefined;
  readonly parentObservationId?: string | undefined;
  readonly level: string;
  readonly statusMessage?: string | undefined;
  readonly version?: string | undefined;
  readonly model?: string | null | undefined;
  /** As JSON text. */
  readonly modelParameters?: string | undefined;
  readonly usageDetails: Readonly<Record<string, number>>;
  readonly costDetails: Readonly<Record<string, number>>;
  readonly totalCost?: number | undefined;
  readonly promptName?: string | undefined;
  readonly promptVersion?: number | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A score, which no merge changes. */
export interface ScoreRecord {
  readonly id: string;
  readonly name: string;
  readonly value: number;
  readonly stringValue: string | null;
  readonly dataType: string;
  readonly traceId: string | null;
  readonly sessionId: string | null;
  readonly observationId: string | null;
  readonly datasetRunId: string | null;
  readonly comment: string | null;
  readonly metadata: unknown;
  readonly source: string;
  readonly configId: string | null;
  readonly environment: string;
  readonly timestamp: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A session: the first trace that names it creates it. */
export interface SessionRecord {
  readonly id: string;
  readonly environment: string;
  readonly createdAt: number;
}

/** A row of the v4 table, which `v2/observations` reads. Empty text stands for what is missing. */
export interface EventRow {
  readonly spanId: string;
  readonly traceId: string;
  readonly parentSpanId: string;
  readonly isAppRoot: boolean;
  readonly type: string;
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly completionStartTime: number | null;
  readonly environment: string;
  readonly version: string;
  readonly release: string;
  readonly tags: readonly string[];
  readonly public: boolean;
  readonly traceName: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly level: string;
  readonly statusMessage: string;
  readonly model: string;
  readonly modelParameters: Readonly<Record<string, unknown>>;
  readonly usageDetails: Readonly<Record<string, number>>;
  readonly costDetails: Readonly<Record<string, number>>;
  readonly totalCost: number;
  readonly promptName: string;
  readonly promptVersion: number | null;
  readonly input: string;
  readonly output: string;
  readonly metadata: Readonly<Record<string, string | null>>;
  readonly createdAt: number;
}

/** No parent, or flagged as the root of its application: what Langfuse lists as a run. */
export function isRootRow(row: EventRow): boolean {
  return row.parentSpanId === '' || row.isAppRoot;
}
