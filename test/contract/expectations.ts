import type { ObservationKind } from '../../adapters/index.ts';
import type { FakeObservation, FakeTrace } from '../../mocks/index.ts';
import type { ExpectedChild, ExpectedModelFacts, ExpectedParent } from './scenario.ts';
import type { SinkUnderTest } from './sinks.ts';

/** The one trace there is; throws when there are more or none. */
export function onlyTrace(traces: readonly FakeTrace[]): FakeTrace {
  const [trace, ...others] = traces;
  if (trace !== undefined && others.length === 0) return trace;
  const names = traces.map(({ name }) => name).join(', ');
  throw new Error(`expected one trace; got ${traces.length} (${names})`);
}

/** The rows below the root, by name, without the marker of a run that was open at the tick. */
export function childrenOf(trace: FakeTrace): Readonly<Record<string, FakeObservation>> {
  const rows = trace.observations.filter((row) => !row.isRoot && !isMarker(row));
  return Object.fromEntries(rows.map((row) => [row.name, row]));
}

function isMarker({ type, name }: FakeObservation): boolean {
  return type === 'EVENT' && name === 'run-start';
}

/** The name of the observation above `row`. */
export function nameAbove(trace: FakeTrace, row: FakeObservation | undefined): string | undefined {
  return trace.observations.find(({ id }) => id === row?.parentObservationId)?.name ?? undefined;
}

/** Environment and release as any row and the trace itself say them, each pair once. */
export function environmentsOf(trace: FakeTrace): readonly string[] {
  const rows = [trace, ...trace.observations];
  return [...new Set(rows.map(({ environment, release }) => `${environment}/${release}`))];
}

/** Each value as a text: on the OTLP wire metadata can be nothing else. */
export function texts(
  values: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, string> {
  const entries = Object.entries(values ?? {}).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(entries);
}

/** What the trace must say. */
export function expectedTrace({ name, traceId, trace = {} }: ExpectedParent): Partial<FakeTrace> {
  return {
    name,
    public: false,
    userId: trace.userId ?? null,
    tags: trace.tags ?? [],
    version: trace.version ?? null,
    ...(traceId !== undefined && { id: traceId }),
  };
}

/** What the root observation must say. */
export function expectedRoot(
  sink: SinkUnderTest,
  expected: ExpectedParent,
): Partial<FakeObservation> {
  return {
    name: expected.name,
    type: typeOn(sink, { kind: expected.kind ?? 'agent' }),
    level: expected.level,
    statusMessage: expected.statusMessage ?? null,
    input: expected.input,
    output: expected.shownOutput ?? expected.output,
  };
}

/** What the metadata of the root must say. */
export function expectedMetadata(expected: ExpectedParent): Readonly<Record<string, unknown>> {
  return {
    ...expected.metadata,
    status: expected.status,
    reason: expected.reason,
    conversation_id_source: expected.conversationSource,
  };
}

/** What a child must say. */
export function expectedChild(sink: SinkUnderTest, child: ExpectedChild): Partial<FakeObservation> {
  const { kind, level = 'DEFAULT', statusMessage = null, output, model } = child;
  return {
    type: typeOn(sink, { kind }),
    level,
    statusMessage,
    ...(output !== undefined && { output }),
    ...(model !== undefined && modelFacts(sink, model)),
  };
}

// The parameters are compared as texts, which is what a v4 server keeps of all but numbers. At the port usage is in the
// library's own words.
function modelFacts(
  { wire }: SinkUnderTest,
  { modelParameters: _texts, usageDetails, ...others }: ExpectedModelFacts,
): Partial<FakeObservation> {
  return wire === 'none' ? others : { ...others, usageDetails };
}

function typeOn(sink: SinkUnderTest, { kind }: { readonly kind: ObservationKind }): string {
  const isKnown = sink.observationTypes === 'all' || ['generation', 'span', 'event'].includes(kind);
  return isKnown ? kind.toUpperCase() : 'SPAN';
}

/** What a failed parent is made of: its keys with the types of their values, what a loop adds apart. */
export function shapeOfFailure({ root }: FakeTrace): {
  readonly shape: unknown;
  readonly react: unknown;
} {
  if (root === undefined) throw new Error('expected a root observation; got none');
  const { react, ...output } = root.output as Readonly<Record<string, unknown>>;
  const { level, statusMessage, metadata } = root;
  return { shape: shapeOf({ level, statusMessage, metadata, output }), react };
}

function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}
