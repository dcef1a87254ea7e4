import { expect } from 'vitest';

import { isBlank, missingFromParent, rootOf } from './completeness.ts';
import type { FakeLangfuse } from './fake-contract.ts';
import type { FakeTrace } from './fake-trace.ts';
import { counted, show } from './wording.ts';

/** How a run may have ended: a terminal status, or a reason of one. */
export type EndedAs =
  | 'completed'
  | 'stop'
  | 'length'
  | 'stop_condition'
  | 'fallback'
  | 'error'
  | 'exception'
  | 'model_error'
  | 'tool_error'
  | 'invalid_output'
  | 'invalid_input'
  | 'content_filter'
  | 'guardrail'
  | 'timeout'
  | 'max_iterations'
  | 'aborted'
  | 'stream_abandoned'
  | 'interrupted'
  | 'never_ended'
  | 'suspended'
  | 'approval_required'
  | 'input_required'
  | 'client_tool'
  | 'checkpoint';

/** What the matchers look at: a trace, or a fake (or a `mockLangfuse()`) that holds exactly one. */
export type TraceHolder = FakeTrace | FakeLangfuse | { readonly fake: FakeLangfuse };

/** Matchers for one trace; importing `langfuse-lifecycle/mocks/vitest` registers them. */
export interface LangfuseMatchers<R> {
  /** Root, name, input, ending, payload, conversation and children are all there. */
  toBeCompleteParent(): R;
  /** The root's metadata holds this status, or this reason. */
  toHaveEndedAs(ending: EndedAs): R;
  /** The trace and every row carry this conversation id; null: none of them carries one. */
  toHaveConversation(conversationId: string | null): R;
}

declare module 'vitest' {
  // An augmentation has to repeat the type parameters of what it adds to.
  interface Matchers<
    R extends void | Promise<void> = void | Promise<void>,
    T = unknown,
  > extends LangfuseMatchers<R> {}
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

function toBeCompleteParent(received: unknown): Verdict {
  const trace = toTrace(received, 'toBeCompleteParent');
  const missing = missingFromParent(trace);
  return {
    pass: missing.length === 0,
    message: () =>
      missing.length === 0
        ? `expected ${nameOf(trace)} not to be a complete parent, but nothing is missing`
        : `expected ${nameOf(trace)} to be a complete parent, but:\n${missing.map((line) => `  - ${line}`).join('\n')}`,
  };
}

function toHaveEndedAs(received: unknown, ending: unknown): Verdict {
  const trace = toTrace(received, 'toHaveEndedAs');
  if (typeof ending !== 'string' || isBlank(ending)) {
    throw new TypeError(
      `toHaveEndedAs: expected a status or a reason such as "max_iterations"; got ${show(ending)}.`,
    );
  }
  const root = rootOf(trace);
  const { status, reason } = { status: root?.metadata['status'], reason: root?.metadata['reason'] };
  const found =
    root === undefined
      ? 'it has no root observation'
      : `status ${show(status)}, reason ${show(reason)}`;
  const pass = status === ending || reason === ending;
  return {
    pass,
    message: () =>
      `expected ${nameOf(trace)} ${pass ? 'not to' : 'to'} have ended as ${show(ending)}, but found: ${found}`,
  };
}

function toHaveConversation(received: unknown, conversationId: unknown): Verdict {
  const trace = toTrace(received, 'toHaveConversation');
  if (conversationId !== null && (typeof conversationId !== 'string' || isBlank(conversationId))) {
    throw new TypeError(
      `toHaveConversation: expected a conversation id, or null for none; got ${show(conversationId)}.`,
    );
  }
  const carriers = [
    { who: 'the trace', id: trace.sessionId },
    ...trace.observations.map((row) => ({
      who: `${row.type} ${show(row.name)}`,
      id: row.sessionId,
    })),
  ];
  const others = carriers.filter(({ id }) => (isBlank(id) ? null : id) !== conversationId);
  const pass = others.length === 0;
  const wanted =
    conversationId === null ? 'no conversation' : `conversation ${show(conversationId)}`;
  const found = others.map(({ who, id }) => `  - ${who}: ${show(id)}`).join('\n');
  return {
    pass,
    message: () =>
      pass
        ? `expected ${nameOf(trace)} not to have ${wanted}, but the trace and ${all(trace.observations.length)} do`
        : `expected ${nameOf(trace)} to have ${wanted} on the trace and every observation, but found:\n${found}`,
  };
}

function toTrace(received: unknown, matcher: string): FakeTrace {
  if (isTrace(received)) return received;

  const fake = isFake(received) ? received : fakeOf(received);
  if (fake === undefined) {
    throw new TypeError(
      `${matcher}: expected a trace of the fake (fake.trace(id)), or a fake or mockLangfuse() with exactly one; got ${describe(received)}.`,
    );
  }
  const [trace, ...others] = fake.traces();
  if (trace !== undefined && others.length === 0) return trace;

  throw new Error(trace === undefined ? noTrace(fake, matcher) : severalTraces(fake, matcher));
}

function noTrace(fake: FakeLangfuse, matcher: string): string {
  const asked = fake.requests.map(
    ({ method, path, status }) => `${method} ${path} → ${status ?? 'no answer'}`,
  );
  const seen =
    asked.length === 0
      ? 'it was asked nothing'
      : `it was asked ${counted(asked.length, 'time')}, last: ${asked.slice(-3).join(', ')}`;
  return `${matcher}: expected exactly one trace, but the fake holds none; ${seen}. ${adviceFor(fake)}`;
}

function adviceFor({ requests, ingestionEvents, options }: FakeLangfuse): string {
  if (requests.length === 0) {
    return 'Point the client at the fake (env of mockLangfuse() has the variables), and flush before you assert.';
  }
  const writes = requests.filter(({ method }) => method === 'POST');
  if (writes.some(({ status }) => status === 207) && ingestionEvents.length === 0) {
    return `Every event was refused, as a server in write mode ${options.writeMode} does it: see the option writeMode.`;
  }
  if (writes.some(({ status }) => status !== undefined && status >= 400)) {
    return 'A write was refused: look at the keys, and at the faults of this test.';
  }
  return 'Flush before you assert.';
}

function severalTraces(fake: FakeLangfuse, matcher: string): string {
  const traces = fake.traces();
  const names = traces.slice(0, 5).map((trace) => `${show(trace.name)} (${trace.id})`);
  const more = traces.length > names.length ? ', …' : '';
  return `${matcher}: expected exactly one trace, but the fake holds ${traces.length}: ${names.join(', ')}${more}. Pass one of fake.traces().`;
}

function isTrace(value: unknown): value is FakeTrace {
  if (!isRecord(value) || typeof value['id'] !== 'string') return false;
  return Array.isArray(value['observations']) && isRecord(value['metadata']);
}

function isFake(value: unknown): value is FakeLangfuse {
  return (
    isRecord(value) &&
    typeof value['traces'] === 'function' &&
    typeof value['handle'] === 'function'
  );
}

function fakeOf(value: unknown): FakeLangfuse | undefined {
  const fake = isRecord(value) ? value['fake'] : undefined;
  return isFake(fake) ? fake : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function all(observations: number): string {
  return observations === 1 ? 'its observation' : `all ${observations} observations`;
}

function describe(value: unknown): string {
  return isRecord(value)
    ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no keys'}`
    : show(value);
}

function nameOf(trace: FakeTrace): string {
  return `trace ${show(trace.name)} (${trace.id})`;
}

expect.extend({ toBeCompleteParent, toHaveEndedAs, toHaveConversation });
