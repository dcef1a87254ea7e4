import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Conversation,
  type ConversationSources,
  resolveConversation,
  toConversationId,
} from '../../src/conversation-id.ts';
import { absentForms, levels, policyOfLevels, rows } from './rows.ts';

describe('the conversation policy', () => {
  it.each(rows)('row %#: $rule', ({ sources, policy, expected }) => {
    const conversation = resolveConversation(sources, policy);

    expect(conversation).toStrictEqual(expected);
  });

  it.each(levels)('names every lower place that disagrees with $source', ({ source }) => {
    const from = levels.findIndex((level) => level.source === source);
    const sources = together(levels.slice(from).map((level, index) => level.put(`chat-${index}`)));

    const conversation = resolveConversation(sources, policyOfLevels);

    const losers = levels.slice(from + 1).map((level) => level.source);
    expect(conversation).toStrictEqual<Conversation>({
      id: 'chat-0',
      source,
      ...(losers.length > 0 && { conflict: losers }),
    });
  });

  describe.each(levels)('$source falls through to the next place', ({ source, put }) => {
    const next = levels[levels.findIndex((level) => level.source === source) + 1];

    it.each(absentForms)('on $label', ({ value }) => {
      const sources = together([put(value), next?.put('chat-7') ?? {}]);

      const conversation = resolveConversation(sources, policyOfLevels);

      expect(conversation).toStrictEqual<Conversation>(
        next === undefined ? { source: 'missing' } : { id: 'chat-7', source: next.source },
      );
    });
  });

  it.each([
    'args[0].conversationId',
    'inputContext.conversationId',
    'metadata.session_id',
    'otel.session.id',
  ])('treats a hostile container at %s as not there', (source) => {
    const key = source.replace(/^(args\[0\]|inputContext|metadata|otel)\./, '');
    const hostile = [throwingGetter(key), throwingProxy(), revokedProxy()];

    const found = hostile.map((value) =>
      resolveConversation(
        { firstArgument: value, inputContext: value, metadata: value, openTelemetry: value },
        policyOfLevels,
      ),
    );

    expect(found).toStrictEqual([
      { source: 'missing' },
      { source: 'missing' },
      { source: 'missing' },
    ]);
  });

  it('reads a good key beside one whose getter throws', () => {
    const firstArgument = { conversation_id: 'chat-7' };
    Object.defineProperty(firstArgument, 'conversationId', { get: fail, enumerable: true });

    const conversation = resolveConversation({ firstArgument });

    expect(conversation).toStrictEqual({ id: 'chat-7', source: 'args[0].conversation_id' });
  });

  it('takes a plain object of another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const firstArgument: unknown = runInNewContext("({ conversationId: 'chat-7' })");

    const conversation = resolveConversation({ firstArgument });

    expect(conversation).toStrictEqual({ id: 'chat-7', source: 'args[0].conversationId' });
  });

  it('does not see what somebody put on Object.prototype', () => {
    const polluted = { value: 'chat-8', configurable: true };
    Reflect.defineProperty(Object.prototype, 'conversationId', polluted);

    const conversation = resolveConversation({ firstArgument: {}, metadata: {} });
    Reflect.deleteProperty(Object.prototype, 'conversationId');

    expect(conversation).toStrictEqual({ source: 'missing' });
  });

  it('gives the same answer for the same sources, and never throws', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });

    fc.assert(
      fc.property(fc.record(sourcesOf(anything)), (sources) => {
        const first = resolveConversation(sources, policyOfLevels);

        expect(resolveConversation(sources, policyOfLevels)).toStrictEqual(first);
        expect(first.id === undefined).toBe(first.source === 'missing');
      }),
    );
  });
});

describe('a conversation id as it is sent', () => {
  it('is printable US-ASCII of 1 to 200 characters, whatever came', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const sent = toConversationId(text);

        expect(sent?.id ?? 'none').toMatch(/^[\x20-\x7e]{1,200}$/);
      }),
    );
  });

  it('stays as it is when it is resolved again, in another process for example', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }), (text) => {
        const sent = toConversationId(text);

        expect(toConversationId(sent?.id)?.id).toBe(sent?.id);
      }),
    );
  });

  it('says whether it stands for another text', () => {
    const sent = [
      toConversationId('chat-7'),
      toConversationId('chat-é'),
      toConversationId('\u200b'),
    ];

    expect(sent.map((id) => id?.hashed)).toStrictEqual([false, true, undefined]);
  });

  it('keeps two long ids apart that differ in their last character', () => {
    const long = 'x'.repeat(5_000);

    const [first, second] = [toConversationId(`${long}1`), toConversationId(`${long}2`)];

    expect(first?.id).not.toBe(second?.id);
  });
});

function sourcesOf(value: fc.Arbitrary<unknown>): {
  readonly [Key in keyof ConversationSources]: fc.Arbitrary<unknown>;
} & Record<'framework', fc.Arbitrary<{ source: string; value: unknown }[]>> &
  Record<'frameworkContext', fc.Arbitrary<{ source: string; value: unknown }>> &
  Record<'ambient', fc.Arbitrary<Record<'conversation' | 'outerRun' | 'resumedRun', unknown>>> {
  return {
    call: value,
    firstArgument: value,
    inputContext: value,
    framework: fc.array(fc.record({ source: fc.constant('framework.thread'), value })),
    frameworkContext: fc.record({ source: fc.constant('framework.context'), value }),
    metadata: value,
    ambient: fc.record({ conversation: value, outerRun: value, resumedRun: value }),
    openTelemetry: value,
  };
}

/** Several sources as one; places of the same container end up in one object. */
function together(parts: readonly ConversationSources[]): ConversationSources {
  const merged: Record<string, unknown> = {};
  for (const [field, value] of parts.flatMap((part) => Object.entries(part))) {
    const before = merged[field];
    merged[field] = isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fail(): never {
  throw new Error('not now');
}

function throwingGetter(key: string): object {
  return Object.defineProperty({}, key, { get: fail, enumerable: true });
}

function throwingProxy(): object {
  return new Proxy({}, { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail });
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
