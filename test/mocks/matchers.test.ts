import { describe, expect, it } from 'vitest';

// oxlint-disable-next-line import/no-unassigned-import -- importing it registers the matchers
import '../../mocks/vitest.ts';
import {
  createFakeLangfuse,
  missingFromParent,
  type FakeLangfuse,
  type FakeObservation,
  type FakeTrace,
} from '../../mocks/index.ts';

const traceId = '0123456789abcdef0123456789abcdef';

function observation(changes: Partial<FakeObservation> = {}): FakeObservation {
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

function rootObservation(changes: Partial<FakeObservation> = {}): FakeObservation {
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

const startMarker = observation({
  id: '00000000000000e1',
  type: 'EVENT',
  name: 'run-start',
  startTime: '2026-11-23T12:00:00.000Z',
  endTime: null,
  metadata: { status: 'in_progress' },
});

function traceOf(
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

function traceWithRoot(changes: Partial<FakeObservation>): FakeTrace {
  return traceOf([rootObservation(changes), observation()]);
}

function traceWithChild(changes: Partial<FakeObservation>): FakeTrace {
  return traceOf([rootObservation(), observation(changes)]);
}

function failed(changes: Partial<FakeObservation> = {}): FakeTrace {
  return traceWithRoot({
    metadata: { status: 'error', reason: 'max_iterations' },
    level: 'ERROR',
    statusMessage: 'Stopped after 8 iterations.',
    output: { error: { type: 'MaxIterationsError' } },
    ...changes,
  });
}

function fakeWith(...traces: readonly FakeTrace[]): FakeLangfuse {
  return { ...createFakeLangfuse(), traces: () => traces };
}

describe('a complete parent', () => {
  it.each([
    { what: 'a completed run', trace: traceOf() },
    { what: 'a failed run', trace: failed() },
    { what: 'a run that the caller aborted', trace: failed({ level: 'WARNING' }) },
    {
      what: 'a suspended run',
      trace: traceWithRoot({
        metadata: { status: 'suspended', reason: 'approval_required' },
        output: { pending: ['refund'] },
      }),
    },
    { what: 'a run with a start marker', trace: traceOf([startMarker, rootObservation()]) },
    { what: 'a run whose result is false', trace: traceWithRoot({ output: false }) },
    { what: 'a run whose input is zero', trace: traceWithRoot({ input: 0 }) },
    {
      what: 'a child that ends with its parent',
      trace: traceWithChild({ endTime: '2026-11-23T12:00:05.000Z' }),
    },
    {
      what: 'a run that says that its conversation is missing',
      trace: traceOf(
        [
          rootObservation({
            sessionId: null,
            metadata: { status: 'completed', reason: 'stop', conversation_id_source: 'missing' },
          }),
          observation({ sessionId: '' }),
        ],
        { sessionId: null },
      ),
    },
  ])('is $what', ({ trace }) => {
    expect(missingFromParent(trace)).toEqual([]);
    expect(trace).toBeCompleteParent();
  });
});

const incomplete: readonly { readonly what: string; readonly trace: FakeTrace }[] = [
  { what: 'a root', trace: traceOf([observation()]) },
  {
    what: 'a single root',
    trace: traceOf([rootObservation(), rootObservation({ id: 'b', name: 'other' })]),
  },
  { what: 'anything at all', trace: traceOf([]) },
  { what: 'a trace name', trace: traceOf([rootObservation()], { name: '' }) },
  { what: 'a root name', trace: traceWithRoot({ name: null }) },
  { what: 'an input', trace: traceWithRoot({ input: null }) },
  { what: 'something in its input', trace: traceWithRoot({ input: {} }) },
  { what: 'text in its input', trace: traceWithRoot({ input: ' ' }) },
  { what: 'an end', trace: traceWithRoot({ endTime: null }) },
  {
    what: 'an end after its start',
    trace: traceWithRoot({ endTime: '2026-11-23T11:00:00.000Z' }),
  },
  { what: 'status and reason', trace: traceWithRoot({ metadata: {} }) },
  {
    what: 'a terminal status',
    trace: traceWithRoot({ metadata: { status: 'in_progress', reason: 'stop' } }),
  },
  {
    what: 'a terminal status on the trace',
    trace: traceOf(undefined, { metadata: { status: 'in_progress' } }),
  },
  { what: 'an output', trace: traceWithRoot({ output: null }) },
  { what: 'an error payload', trace: failed({ output: '' }) },
  {
    what: 'level and message of its error',
    trace: failed({ level: 'DEFAULT', statusMessage: '' }),
  },
  {
    what: 'a conversation',
    trace: traceOf([rootObservation({ sessionId: null })], { sessionId: null }),
  },
  { what: 'its conversation on the root', trace: traceWithRoot({ sessionId: null }) },
  { what: 'the end of a child', trace: traceWithChild({ endTime: null }) },
  {
    what: 'children that end before it',
    trace: traceWithChild({ endTime: '2026-11-23T12:00:05.001Z' }),
  },
  { what: 'its conversation on a child', trace: traceWithChild({ sessionId: 'chat-2' }) },
  { what: 'its name on a child', trace: traceWithChild({ traceName: null }) },
  {
    what: 'the end of a child run',
    trace: traceWithChild({ metadata: { status: 'in_progress' } }),
  },
  { what: 'ids of their own', trace: traceOf([rootObservation(), observation(), observation()]) },
];

describe('an incomplete parent', () => {
  it.each(incomplete)('lacks $what', ({ trace }) => {
    expect(trace).not.toBeCompleteParent();
  });

  it('is told what it lacks, and what was found instead', () => {
    const missing = incomplete.map(({ what, trace }) => [what, missingFromParent(trace)]);

    expect(Object.fromEntries(missing)).toMatchInlineSnapshot(`
      {
        "a conversation": [
          "conversation id: expected a session id, or metadata.conversation_id_source "missing"; found session id null and source "call.conversationId"",
        ],
        "a root": [
          "root observation: expected exactly one, found none among 1 observation(s): TOOL "search" (00000000000000c1)",
        ],
        "a root name": [
          "root name: expected text, found null",
        ],
        "a single root": [
          "root observation: expected exactly one, found 2: AGENT "support-agent" (00000000000000a1), AGENT "other" (b)",
        ],
        "a terminal status": [
          "root metadata.status: expected completed, error or suspended, found "in_progress"",
        ],
        "a terminal status on the trace": [
          "trace metadata.status: expected a terminal status, found "in_progress"",
        ],
        "a trace name": [
          "trace name: expected text, found """,
        ],
        "an end": [
          "root end time: expected a time, found null",
        ],
        "an end after its start": [
          "root end time: expected at or after its start 2026-11-23T12:00:00.000Z, found 2026-11-23T11:00:00.000Z",
          "child TOOL "search" (00000000000000c1) end time: expected at or before the root's end 2026-11-23T11:00:00.000Z, found 2026-11-23T12:00:02.000Z",
        ],
        "an error payload": [
          "root output: expected a result or an error payload, found """,
        ],
        "an input": [
          "root input: expected a value, found null",
        ],
        "an output": [
          "root output: expected a result or an error payload, found null",
        ],
        "anything at all": [
          "root observation: expected exactly one, found none among 0 observation(s)",
        ],
        "children that end before it": [
          "child TOOL "search" (00000000000000c1) end time: expected at or before the root's end 2026-11-23T12:00:05.000Z, found 2026-11-23T12:00:05.001Z",
        ],
        "ids of their own": [
          "observation id 00000000000000c1: expected once, found 2 times",
        ],
        "its conversation on a child": [
          "child TOOL "search" (00000000000000c1) session id: expected "chat-1" as on the trace, found "chat-2"",
        ],
        "its conversation on the root": [
          "root session id: expected "chat-1" as on the trace, found null",
        ],
        "its name on a child": [
          "child TOOL "search" (00000000000000c1) trace name: expected "support-agent" as on the trace, found null",
        ],
        "level and message of its error": [
          "root level: expected ERROR or WARNING because the status is error, found "DEFAULT"",
          "root status message: expected the error's text, found """,
        ],
        "something in its input": [
          "root input: expected a value, found {}",
        ],
        "status and reason": [
          "root metadata.status: expected completed, error or suspended, found nothing",
          "root metadata.reason: expected text, found nothing",
        ],
        "text in its input": [
          "root input: expected a value, found " "",
        ],
        "the end of a child": [
          "child TOOL "search" (00000000000000c1) end time: expected a time, found null",
        ],
        "the end of a child run": [
          "child TOOL "search" (00000000000000c1) metadata.status: expected a terminal status, found "in_progress"",
        ],
      }
    `);
  });
});

describe('toBeCompleteParent', () => {
  it('says what is missing and what was found', () => {
    const trace = failed({ name: '', input: null, level: 'DEFAULT', endTime: null });

    expect(() => expect(trace).toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(`
      [Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) to be a complete parent, but:
        - root name: expected text, found ""
        - root input: expected a value, found null
        - root end time: expected a time, found null
        - root level: expected ERROR or WARNING because the status is error, found "DEFAULT"]
    `);
  });

  it('says with not that nothing is missing', () => {
    expect(() => expect(traceOf()).not.toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to be a complete parent, but nothing is missing]`,
    );
  });

  it('cuts what it found to a readable length', () => {
    const trace = traceWithRoot({ metadata: { status: 'x'.repeat(10_000), reason: 'stop' } });

    expect(missingFromParent(trace).join('\n').length).toBeLessThan(300);
  });

  it('takes a fake, or what holds one, with exactly one trace', () => {
    const fake = fakeWith(traceOf());

    expect(fake).toBeCompleteParent();
    expect({ fake }).toBeCompleteParent();
  });

  it('says that a fake holds no trace, and what it was asked', () => {
    const fake = createFakeLangfuse();
    const silent = createFakeLangfuse();
    fake.handle({ method: 'GET', path: '/api/public/health', headers: {}, body: new Uint8Array() });

    expect(() => expect(silent).toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(
      `[Error: toBeCompleteParent: expected exactly one trace, but the fake holds none; it was asked nothing. Flush before you assert.]`,
    );
    expect(() => expect(fake).not.toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(
      `[Error: toBeCompleteParent: expected exactly one trace, but the fake holds none; it was asked 1 time(s), last: GET /api/public/health → 200. Flush before you assert.]`,
    );
  });

  it('says that a fake holds several traces', () => {
    const fake = fakeWith(traceOf(), traceOf([], { id: 'f'.repeat(32), name: null }));

    expect(() => expect({ fake }).toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(
      `[Error: toBeCompleteParent: expected exactly one trace, but the fake holds 2: "support-agent" (0123456789abcdef0123456789abcdef), null (ffffffffffffffffffffffffffffffff). Pass one of fake.traces().]`,
    );
  });

  it.each([undefined, null, 'trace', 7, {}, { id: 'x', observations: [] }, [], { fake: {} }])(
    'refuses %j, with and without not',
    (received) => {
      const message = /^toBeCompleteParent: expected a trace of the fake/;

      expect(() => expect(received).toBeCompleteParent()).toThrow(message);
      expect(() => expect(received).not.toBeCompleteParent()).toThrow(message);
    },
  );
});

describe('toHaveEndedAs', () => {
  it('takes a status or a reason', () => {
    expect(failed()).toHaveEndedAs('error');
    expect(failed()).toHaveEndedAs('max_iterations');
    expect(failed()).not.toHaveEndedAs('completed');
    expect(fakeWith(traceOf())).toHaveEndedAs('completed');
  });

  it('says how the run ended instead', () => {
    expect(() => expect(failed()).toHaveEndedAs('completed')).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) to have ended as "completed", but found: status "error", reason "max_iterations"]`,
    );
    expect(() => expect(failed()).not.toHaveEndedAs('error')).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to have ended as "error", but found: status "error", reason "max_iterations"]`,
    );
    expect(() =>
      expect(traceOf([observation()])).toHaveEndedAs('stop'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) to have ended as "stop", but found: it has no root observation]`,
    );
  });

  it.each([undefined, null, '', 3])('refuses %j as an ending', (ending) => {
    // @ts-expect-error -- as a caller without types hands it in
    expect(() => expect(traceOf()).not.toHaveEndedAs(ending)).toThrow(
      /^toHaveEndedAs: expected a status or a reason such as "max_iterations"; got/,
    );
  });
});

describe('toHaveConversation', () => {
  const without = traceOf([rootObservation({ sessionId: null }), observation({ sessionId: '' })], {
    sessionId: null,
  });

  it('takes the id that the trace and every row carry', () => {
    expect(traceOf()).toHaveConversation('chat-1');
    expect(traceOf()).not.toHaveConversation('chat-2');
    expect(traceOf()).not.toHaveConversation(null);
    expect(without).toHaveConversation(null);
    expect(without).not.toHaveConversation('chat-1');
  });

  it('says who carries something else', () => {
    const mixed = traceWithChild({ sessionId: null });

    expect(() => expect(mixed).toHaveConversation('chat-1')).toThrowErrorMatchingInlineSnapshot(`
      [Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) to have conversation "chat-1" on the trace and every observation, but found:
        - TOOL "search": null]
    `);
    expect(() => expect(mixed).toHaveConversation(null)).toThrowErrorMatchingInlineSnapshot(`
      [Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) to have no conversation on the trace and every observation, but found:
        - the trace: "chat-1"
        - AGENT "support-agent": "chat-1"]
    `);
    expect(() =>
      expect(traceOf()).not.toHaveConversation('chat-1'),
    ).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to have conversation "chat-1", but the trace and all 2 observation(s) do]`,
    );
    expect(() => expect(without).not.toHaveConversation(null)).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to have no conversation, but the trace and all 2 observation(s) do]`,
    );
  });

  it.each([undefined, '', ' ', 3])('refuses %j as a conversation id', (id) => {
    // @ts-expect-error -- as a caller without types hands it in
    expect(() => expect(traceOf()).toHaveConversation(id)).toThrow(
      /^toHaveConversation: expected a conversation id, or null for none; got/,
    );
  });
});
