import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { LifecycleRecord } from '../../../src/index.ts';

/**
 * A trace as Langfuse will show it, from the records that a server has taken. A real server takes a while until a trace
 * can be read back.
 */
export function toRecordedTrace(
  records: readonly LifecycleRecord[],
  traceId: string,
): FakeTrace | undefined {
  const own = records
    .filter(({ trace }) => trace.traceId === traceId)
    .toSorted((one, other) => one.startTime - other.startTime);
  const parent = own.find(({ role }) => role === 'parent');
  if (parent === undefined) return undefined;
  const observations = own.map(toObservation);
  const root = observations.find(({ isRoot }) => isRoot);
  const { sessionId, userId, tags, version } = toObservation(parent);
  return {
    id: traceId,
    name: parent.trace.name,
    timestamp: toIso(parent.startTime),
    sessionId,
    userId,
    tags,
    input: parent.input ?? null,
    output: parent.output ?? null,
    metadata: parent.metadata,
    release: null,
    version,
    environment: 'default',
    public: false,
    root,
    observations,
  };
}

function toObservation(record: LifecycleRecord): FakeObservation {
  const { trace, usage, cost, completionStartTime } = record;
  return {
    id: record.id,
    traceId: trace.traceId,
    parentObservationId: record.parentId ?? null,
    type: record.kind.toUpperCase(),
    name: record.name,
    startTime: toIso(record.startTime),
    endTime: record.phase === 'ended' ? toIso(record.endTime) : null,
    level: record.level,
    statusMessage: record.statusMessage ?? null,
    input: record.input ?? null,
    output: record.output ?? null,
    metadata: record.metadata,
    sessionId: trace.conversationId ?? null,
    userId: trace.userId ?? null,
    tags: trace.tags ?? [],
    traceName: trace.name,
    model: record.model ?? null,
    modelParameters: record.modelParameters ?? null,
    usageDetails: { ...usage },
    costDetails: { ...cost },
    completionStartTime: completionStartTime === undefined ? null : toIso(completionStartTime),
    version: trace.version ?? null,
    release: null,
    environment: 'default',
    public: false,
    isRoot: record.role === 'parent',
  };
}

function toIso(time: number): string {
  return new Date(time).toISOString();
}
