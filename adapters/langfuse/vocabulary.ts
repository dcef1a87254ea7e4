/** Who sends, as the user agent and the instrumentation scope say it. */
export const packageName = 'langfuse-lifecycle';

/** The version of this package; a test compares it with package.json. */
export const packageVersion = '0.1.0';

/** Paths below the base URL of a Langfuse server. */
export const paths = {
  health: '/api/public/health',
  ingestion: '/api/public/ingestion',
  legacyObservations: '/api/public/observations',
  metrics: '/api/public/v2/metrics',
  observations: '/api/public/v2/observations',
  otlp: '/api/public/otel/v1/traces',
  projects: '/api/public/projects',
  traces: '/api/public/traces',
} as const;

/** With this header a v4 server writes spans at once instead of copying them about ten minutes later; older ones ignore it. */
export const ingestionVersionHeader = 'x-langfuse-ingestion-version';

/** The only value that every server takes (a larger one is a 400). */
export const ingestionVersion = '4';

/** A scope name with the prefix `langfuse-sdk` keeps the server from copying every attribute into the metadata again. */
export const scopeName = 'langfuse-sdk-lifecycle';

/** What the marker of a run that is still open is called. */
export const startMarkerName = 'run-start';

/** Attributes that Langfuse reads on an OTLP span (its `otel/attributes.ts`). */
export const attributes = {
  traceName: 'langfuse.trace.name',
  traceInput: 'langfuse.trace.input',
  sessionId: 'session.id',
  userId: 'user.id',
  traceTags: 'langfuse.trace.tags',
  version: 'langfuse.version',
  environment: 'langfuse.environment',
  release: 'langfuse.release',
  type: 'langfuse.observation.type',
  level: 'langfuse.observation.level',
  statusMessage: 'langfuse.observation.status_message',
  input: 'langfuse.observation.input',
  output: 'langfuse.observation.output',
  /** A prefix: the key of the entry follows. */
  metadata: 'langfuse.observation.metadata.',
  completionStartTime: 'langfuse.observation.completion_start_time',
  model: 'langfuse.observation.model.name',
  modelParameters: 'langfuse.observation.model.parameters',
  usageDetails: 'langfuse.observation.usage_details',
  costDetails: 'langfuse.observation.cost_details',
  promptName: 'langfuse.observation.prompt.name',
  promptVersion: 'langfuse.observation.prompt.version',
} as const;

/** The kinds that have an ingestion event of their own since server 3.98.2, and no `-update` twin. */
export type CreateOnlyKind =
  | 'agent'
  | 'tool'
  | 'chain'
  | 'retriever'
  | 'evaluator'
  | 'embedding'
  | 'guardrail';

/** The event types that we send to the ingestion endpoint. */
export type IngestionEventType =
  | 'trace-create'
  | 'event-create'
  | 'generation-create'
  | 'generation-update'
  | 'span-create'
  | 'span-update'
  | `${CreateOnlyKind}-create`;

/** Longest name that both wires keep: a longer trace name fails the item, a longer root name loses the v1 trace. */
export const nameLimit = 1_000;
