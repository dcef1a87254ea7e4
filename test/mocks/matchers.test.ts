import { describe, expect, it } from 'vitest';

// oxlint-disable-next-line import/no-unassigned-import -- importing it registers the matchers
import '../../mocks/vitest.ts';
import { event, postBatch } from './fake-requests.ts';
import {
  createFakeLangfuse,
  missingFromParent,
  type FakeLangfuse,
  type FakeTrace,
} from '../../mocks/index.ts';
import {
  failed,
  observation,
  rootObservation,
  traceOf,
  traceWithChild,
  traceWithRoot,
} from './sample-traces.ts';

function fakeWith(...traces: readonly FakeTrace[]): FakeLangfuse {
  return { ...createFakeLangfuse(), traces: () => traces };
}

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
      `[Error: toBeCompleteParent: expected exactly one trace, but the fake holds none; it was asked nothing. Point the client at the fake (env of mockLangfuse() has the variables), and flush before you assert.]`,
    );
    expect(() => expect(fake).not.toBeCompleteParent()).toThrowErrorMatchingInlineSnapshot(
      `[Error: toBeCompleteParent: expected exactly one trace, but the fake holds none; it was asked 1 time, last: GET /api/public/health → 200. Flush before you assert.]`,
    );
  });

  it('says what to look at when a fake refused what it was sent', () => {
    const eventsOnly = createFakeLangfuse();
    const locked = createFakeLangfuse();
    locked.fault({ type: 'status', status: 401 });

    postBatch(eventsOnly, [event('trace-create', { id: 'trace' })]);
    postBatch(locked, [event('trace-create', { id: 'trace' })]);

    expect(() => expect(eventsOnly).toBeCompleteParent()).toThrow(
      'POST /api/public/ingestion → 207. Every event was refused, as a server in write mode events_only does it: see the option writeMode.',
    );
    expect(() => expect(locked).toBeCompleteParent()).toThrow(
      'POST /api/public/ingestion → 401. A write was refused: look at the keys, and at the faults of this test.',
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
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to have conversation "chat-1", but the trace and all 2 observations do]`,
    );
    expect(() => expect(without).not.toHaveConversation(null)).toThrowErrorMatchingInlineSnapshot(
      `[Error: expected trace "support-agent" (0123456789abcdef0123456789abcdef) not to have no conversation, but the trace and all 2 observations do]`,
    );
  });

  it.each([undefined, '', ' ', 3])('refuses %j as a conversation id', (id) => {
    // @ts-expect-error -- as a caller without types hands it in
    expect(() => expect(traceOf()).toHaveConversation(id)).toThrow(
      /^toHaveConversation: expected a conversation id, or null for none; got/,
    );
  });
});
