import { expect } from 'vitest';
import type {
  Clock,
  Diagnostic,
  EndedRecord,
  LifecycleRecord,
  OpenRecord,
  Outcome,
  Sink,
} from '../../src/index.ts';

export const traceId = '0af7651916cd43dd8448eb211c80319c';
export const rootId = '00f067aa0ba902b7';
export const stepId = 'b7ad6b7169203331';

/** The moment at which the records of these tests start. */
export const startTime = Date.parse('2026-11-20T10:00:00.000Z');

const parentFacts = {
  role: 'parent',
  runId: traceId,
  id: rootId,
  trace: {
    traceId,
    name: 'support-agent',
    conversationId: 'chat-7',
    userId: 'user-1',
    tags: ['a', 'b'],
    version: 'v1',
  },
  kind: 'agent',
  name: 'support-agent',
  startTime,
  input: { question: 'Where is my parcel?' },
  level: 'DEFAULT',
  size: 500,
} as const;

/** A run that is still running. */
export function openParent(changes: Partial<OpenRecord> = {}): OpenRecord {
  return { ...parentFacts, phase: 'open', metadata: { status: 'in_progress' }, ...changes };
}

/** A run that reached its goal. */
export function endedParent(changes: Partial<EndedRecord> = {}): EndedRecord {
  return {
    ...parentFacts,
    phase: 'ended',
    endTime: startTime + 5_000,
    output: { answer: 'At the depot.' },
    metadata: { status: 'completed', reason: 'stop' },
    ...changes,
  };
}

const stepFacts = {
  role: 'step',
  runId: traceId,
  id: stepId,
  parentId: rootId,
  trace: parentFacts.trace,
  kind: 'tool',
  name: 'search',
  startTime: startTime + 1_000,
  input: 'parcel 12',
  level: 'DEFAULT',
  metadata: {},
  size: 300,
} as const;

/** A step that is still running. */
export function openStep(changes: Partial<OpenRecord> = {}): OpenRecord {
  return { ...stepFacts, phase: 'open', ...changes };
}

/** A step that ended. */
export function endedStep(changes: Partial<EndedRecord> = {}): EndedRecord {
  return { ...stepFacts, phase: 'ended', endTime: startTime + 2_000, output: 'found', ...changes };
}

/** Many ended steps, each with an id of its own. */
export function endedSteps(
  count: number,
  changes: Partial<EndedRecord> = {},
): readonly EndedRecord[] {
  return Array.from({ length: count }, (_, index) =>
    endedStep({
      id: (index + 1).toString(16).padStart(16, '0'),
      name: `step-${index}`,
      ...changes,
    }),
  );
}

/** A record in which every field is set. */
export const fullRecord: EndedRecord = {
  ...endedParent(),
  role: 'child-run',
  parentId: stepId,
  kind: 'generation',
  level: 'ERROR',
  statusMessage: 'the model gave up',
  metadata: { status: 'error', nested: { a: [1] } },
  model: 'gpt-5',
  modelParameters: { temperature: 0.2, stop: ['a'], format: { type: 'json' } },
  usage: { input: 100, output: 50, total: 150, cacheRead: 30, cacheWrite: 10, reasoning: 20 },
  cost: { input: 0.001, output: 0.002, total: 0.003 },
  completionStartTime: startTime + 300,
  prompt: { name: 'plan', version: 3 },
};

/** A sink in a test: sent to without a lifecycle, with a clock that stands still and a list of what it told. */
export interface SinkUnderTest {
  send(...records: readonly LifecycleRecord[]): Promise<readonly Outcome[]>;
  readonly diagnostics: Diagnostic[];
  /** Moves the clock on. */
  advance(ms: number): void;
}

export function underTest(sink: Sink): SinkUnderTest {
  expect(sink.disabled).toBeUndefined();
  const diagnostics: Diagnostic[] = [];
  let now = startTime + 60_000;
  const clock: Clock = { now: () => now, schedule: () => ({ cancel: () => {} }) };
  sink.start?.({ clock, diagnose: (diagnostic) => diagnostics.push(diagnostic) });
  return {
    send: (...records) => sink.send(records, { signal: new AbortController().signal }),
    diagnostics,
    advance: (ms) => {
      now += ms;
    },
  };
}
