import type { EndedRecord, JsonValue, MemorySink } from '../../adapters/index.ts';
import type { FakeObservation, FakeTrace } from '../../mocks/index.ts';

/** What a memory sink was given, in the form in which the fake Langfuse shows a trace. */
export function tracesOf(sink: MemorySink): readonly FakeTrace[] {
  return sink.parents.map((parent) => toTrace(parent, sink.childrenOf(parent)));
}

function toTrace(parent: EndedRecord, children: readonly EndedRecord[]): FakeTrace {
  const root = toObservation(parent);
  const { sessionId, userId, tags, input, output, metadata } = root;
  return {
    id: parent.trace.traceId,
    name: parent.trace.name,
    timestamp: root.startTime,
    sessionId,
    userId,
    tags,
    input,
    output,
    metadata,
    release: null,
    version: root.version,
    environment: 'default',
    public: false,
    root,
    observations: [root, ...children.map(toObservation)],
  };
}

function toObservation(record: EndedRecord): FakeObservation {
  const { trace } = record;
  return {
    id: record.id,
    traceId: trace.traceId,
    parentObservationId: record.parentId ?? null,
    type: record.kind.toUpperCase(),
    name: record.name,
    startTime: toIso(record.startTime),
    endTime: toIso(record.endTime),
    level: record.level,
    statusMessage: record.statusMessage ?? null,
    input: toShown(record.input),
    output: toShown(record.output),
    metadata: record.metadata,
    sessionId: trace.conversationId ?? null,
    userId: trace.userId ?? null,
    tags: trace.tags ?? [],
    traceName: trace.name,
    ...modelFacts(record),
    version: trace.version ?? null,
    release: null,
    environment: 'default',
    public: false,
    isRoot: record.role === 'parent',
  };
}

type ModelFact =
  | 'model'
  | 'modelParameters'
  | 'usageDetails'
  | 'costDetails'
  | 'completionStartTime';

function modelFacts({
  model,
  modelParameters,
  usage,
  cost,
  completionStartTime,
}: EndedRecord): Pick<FakeObservation, ModelFact> {
  return {
    model: model ?? null,
    modelParameters: modelParameters ?? null,
    usageDetails: { ...usage },
    costDetails: { ...cost },
    completionStartTime: completionStartTime === undefined ? null : toIso(completionStartTime),
  };
}

// At the port a blank output is a value; it is for the wires to make it visible.
function toShown(value: JsonValue | undefined): unknown {
  return value === '' || value === null ? { value } : (value ?? null);
}

function toIso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
