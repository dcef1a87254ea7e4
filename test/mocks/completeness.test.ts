import { describe, expect, it } from 'vitest';

// oxlint-disable-next-line import/no-unassigned-import -- importing it registers the matchers
import '../../mocks/vitest.ts';
import { missingFromParent, type FakeTrace } from '../../mocks/index.ts';
import {
  failed,
  observation,
  rootObservation,
  startMarker,
  traceOf,
  traceWithChild,
  traceWithRoot,
} from './sample-traces.ts';

const markedBeforeConversation = {
  ...startMarker,
  sessionId: null,
  metadata: { status: 'in_progress', conversation_id_source: 'missing' },
};

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
    {
      what: 'a run whose conversation was not known when its start was marked',
      trace: traceOf([markedBeforeConversation, rootObservation()]),
    },
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
  {
    what: 'the conversation on a start marker that knew one',
    trace: traceOf([{ ...startMarker, sessionId: null }, rootObservation()]),
  },
  { what: 'a trace name', trace: traceOf([rootObservation()], { name: '' }) },
  { what: 'a root name', trace: traceWithRoot({ name: null }) },
  { what: 'an input', trace: traceWithRoot({ input: null }) },
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
          "root observation: expected exactly one, found none among 1 observation: TOOL "search" (00000000000000c1)",
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
          "root observation: expected exactly one, found none among 0 observations",
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
        "status and reason": [
          "root metadata.status: expected completed, error or suspended, found nothing",
          "root metadata.reason: expected text, found nothing",
        ],
        "text in its input": [
          "root input: expected a value, found " "",
        ],
        "the conversation on a start marker that knew one": [
          "child EVENT "run-start" (00000000000000e1) session id: expected "chat-1" as on the trace, found null",
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
