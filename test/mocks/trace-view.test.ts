import { describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import type { FakeLangfuse, FakeTrace, WriteMode } from '../../mocks/fake-langfuse.ts';
import { event, postBatch, postSpans, span, startedAtMs } from './fake-requests.ts';

const traceId = '0123456789abcdef0123456789abcdef';
const rootId = '00000000000000a1';
const toolId = '00000000000000b2';

const at = (afterMs: number): string => new Date(startedAtMs + afterMs).toISOString();

function sendLegacyRun(fake: FakeLangfuse): void {
  postBatch(fake, [
    event('trace-create', {
      id: traceId,
      name: 'support-agent',
      sessionId: 'chat-1',
      userId: 'user-1',
      tags: ['beta'],
      input: 'Where is my order?',
      output: 'On its way.',
      timestamp: at(0),
    }),
    event('agent-create', {
      id: rootId,
      traceId,
      name: 'support-agent',
      startTime: at(0),
      endTime: at(5000),
      input: 'Where is my order?',
      output: 'On its way.',
      metadata: { status: 'completed' },
    }),
    event('tool-create', {
      id: toolId,
      traceId,
      parentObservationId: rootId,
      name: 'search',
      startTime: at(1000),
      endTime: at(2000),
      input: { query: 'order' },
      level: 'WARNING',
      statusMessage: 'slow',
    }),
  ]);
}

function sendSpanRun(fake: FakeLangfuse): void {
  const trace = {
    'session.id': 'chat-1',
    'user.id': 'user-1',
    'langfuse.trace.name': 'support-agent',
  };
  const nano = (afterMs: number): string => `${startedAtMs + afterMs}000000`;
  postSpans(fake, [
    span(
      {
        spanId: toolId,
        parentSpanId: rootId,
        name: 'search',
        startTimeUnixNano: nano(1000),
        endTimeUnixNano: nano(2000),
      },
      {
        ...trace,
        'langfuse.observation.type': 'tool',
        'langfuse.observation.input': '{"query":"order"}',
        'langfuse.observation.level': 'WARNING',
        'langfuse.observation.status_message': 'slow',
      },
    ),
    span(
      {},
      {
        ...trace,
        'langfuse.trace.tags': 'beta',
        'langfuse.observation.type': 'agent',
        'langfuse.observation.input': 'Where is my order?',
        'langfuse.observation.output': 'On its way.',
        'langfuse.observation.metadata.status': 'completed',
      },
    ),
  ]);
}

interface Writer {
  readonly wire: string;
  readonly writeMode: WriteMode;
  readonly send: (fake: FakeLangfuse) => void;
}

const writers: readonly Writer[] = [
  { wire: 'legacy events', writeMode: 'dual', send: sendLegacyRun },
  { wire: 'legacy events', writeMode: 'legacy', send: sendLegacyRun },
  { wire: 'OTLP spans', writeMode: 'events_only', send: sendSpanRun },
  { wire: 'OTLP spans', writeMode: 'dual', send: sendSpanRun },
  { wire: 'OTLP spans', writeMode: 'legacy', send: sendSpanRun },
];

function traceOf(fake: FakeLangfuse): FakeTrace {
  const trace = fake.trace(traceId);
  if (trace === undefined) throw new Error('There is no trace.');
  return trace;
}

describe.each(writers)('a run sent as $wire in $writeMode mode', ({ writeMode, send }) => {
  it('is at once the trace that a person sees in the end', () => {
    const fake = createFakeLangfuse({ writeMode });

    send(fake);

    expect(traceOf(fake)).toMatchObject({
      id: traceId,
      name: 'support-agent',
      timestamp: at(0),
      sessionId: 'chat-1',
      userId: 'user-1',
      tags: ['beta'],
      input: 'Where is my order?',
      output: 'On its way.',
      environment: 'default',
      public: false,
    });
  });

  it('has the agent as its root and the tool below it', () => {
    const fake = createFakeLangfuse({ writeMode });

    send(fake);

    const { root, observations } = traceOf(fake);
    expect(root).toMatchObject({
      id: rootId,
      type: 'AGENT',
      parentObservationId: null,
      isRoot: true,
      startTime: at(0),
      endTime: at(5000),
      output: 'On its way.',
      metadata: { status: 'completed' },
    });
    expect(observations[0]).toBe(root);
    expect(observations.slice(1)).toMatchObject([
      {
        id: toolId,
        type: 'TOOL',
        parentObservationId: rootId,
        isRoot: false,
        input: { query: 'order' },
        output: null,
        level: 'WARNING',
        statusMessage: 'slow',
        sessionId: 'chat-1',
        userId: 'user-1',
        traceName: 'support-agent',
      },
    ]);
  });
});

describe('the view of a trace', () => {
  it('has no root while only a child has come', () => {
    const fake = createFakeLangfuse();

    postSpans(fake, [span({ parentSpanId: 'ffffffffffffffff' })]);

    expect(traceOf(fake).root).toBeUndefined();
    expect(traceOf(fake).observations).toHaveLength(1);
  });

  it('takes a span that is flagged as app root for the root, though it has a parent', () => {
    const fake = createFakeLangfuse();

    postSpans(fake, [
      span({ parentSpanId: 'ffffffffffffffff' }, { 'langfuse.internal.is_app_root': 'true' }),
    ]);

    expect(traceOf(fake).root).toMatchObject({
      id: rootId,
      parentObservationId: 'ffffffffffffffff',
    });
  });

  it('shows a repeated export once', () => {
    const fake = createFakeLangfuse();

    postSpans(fake, [span()]);
    postSpans(fake, [span()]);

    expect(traceOf(fake).observations).toHaveLength(1);
  });

  it('shows a span twice that came again with other content', () => {
    const fake = createFakeLangfuse();

    postSpans(fake, [span()]);
    postSpans(fake, [span({}, { 'langfuse.observation.output': 'late' })]);

    expect(traceOf(fake).observations.map(({ id, output }) => ({ id, output }))).toEqual([
      { id: rootId, output: null },
      { id: rootId, output: 'late' },
    ]);
  });

  it('merges legacy events of one id into one row', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });
    postBatch(fake, [
      event('span-create', { id: 'step', traceId, name: 'plan', startTime: at(0) }),
    ]);

    postBatch(fake, [
      event(
        'span-update',
        { id: 'step', traceId, output: 'done', endTime: at(9) },
        { afterMs: 2000 },
      ),
    ]);

    expect(traceOf(fake).observations).toMatchObject([
      { id: 'step', name: 'plan', output: 'done', startTime: at(0), endTime: at(9) },
    ]);
  });

  it('lists the oldest trace first and finds each by its id', () => {
    const fake = createFakeLangfuse({ writeMode: 'dual' });

    postBatch(fake, [
      event('trace-create', { id: 'later', timestamp: at(1000) }),
      event('trace-create', { id: 'earlier', timestamp: at(0) }),
    ]);

    expect(fake.traces().map(({ id }) => id)).toEqual(['earlier', 'later']);
    expect(fake.trace('later')?.id).toBe('later');
    expect(fake.trace('none')).toBeUndefined();
  });
});
