import type { FakeObservation, FakeTrace } from '../../mocks/index.ts';

const traceId = '0123456789abcdef0123456789abcdef';

export function observation(changes: Partial<FakeObservation> = {}): FakeObservation {
  return {
    id: '00000000000000c1',
    traceId,
    parentObservationId: '00000000000000a1',
    type: 'TOOL',
    name: 'search',
    startTime: '2026-11-23T12:00:01.000Z',
    endTime: '2026-11-23T12:00:02.000Z',
    level: 'DEFAULT',
    statusMessage: null,
    input: 'plan',
    output: [],
    metadata: {},
    sessionId: 'chat-1',
    userId: null,
    tags: [],
    traceName: 'support-agent',
    model: null,
    modelParameters: null,
    usageDetails: {},
    costDetails: {},
    completionStartTime: null,
    version: null,
    release: null,
    environment: 'default',
    public: false,
    isRoot: false,
    ...changes,
  };
}

export function rootObservation(changes: Partial<FakeObservation> = {}): FakeObservation {
  return observation({
    id: '00000000000000a1',
    parentObservationId: null,
    type: 'AGENT',
    name: 'support-agent',
    startTime: '2026-11-23T12:00:00.000Z',
    endTime: '2026-11-23T12:00:05.000Z',
    input: 'Where is my order?',
    output: 'On its way.',
    metadata: {
      status: 'completed',
      reason: 'stop',
      conversation_id_source: 'call.conversationId',
    },
    isRoot: true,
    ...changes,
  });
}

export const startMarker = observation({
  id: '00000000000000e1',
  type: 'EVENT',
  name: 'run-start',
  startTime: '2026-11-23T12:00:00.000Z',
  endTime: null,
  metadata: { status: 'in_progress' },
});

export function traceOf(
  observations: readonly FakeObservation[] = [rootObservation(), observation()],
  changes: Partial<FakeTrace> = {},
): FakeTrace {
  return {
    id: traceId,
    name: 'support-agent',
    timestamp: '2026-11-23T12:00:00.000Z',
    sessionId: 'chat-1',
    userId: null,
    tags: [],
    input: null,
    output: null,
    metadata: {},
    release: null,
    version: null,
    environment: 'default',
    public: false,
    root: observations.find((row) => row.isRoot),
    observations,
    ...changes,
  };
}

export function traceWithRoot(changes: Partial<FakeObservation>): FakeTrace {
  return traceOf([rootObservation(changes), observation()]);
}

export function traceWithChild(changes: Partial<FakeObservation>): FakeTrace {
  return traceOf([rootObservation(), observation(changes)]);
}

export function failed(changes: Partial<FakeObservation> = {}): FakeTrace {
  return traceWithRoot({
    metadata: { status: 'error', reason: 'max_iterations' },
    level: 'ERROR',
    statusMessage: 'Stopped after 8 iterations.',
    output: { error: { type: 'MaxIterationsError' } },
    ...changes,
  });
}
