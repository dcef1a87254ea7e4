import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Run } from '../../src/index.ts';
import { Module } from '../../src/module.ts';
import { traced } from './traced.ts';

class Upper extends Module<string, string> {
  forward(input: string): string {
    return input.toUpperCase();
  }
}

class Echo extends Module<{ readonly text: string; readonly conversationId?: string }, string> {
  async forward({ text }: { readonly text: string }): Promise<string> {
    return text;
  }
}

describe('Module', () => {
  it('runs forward as a run that is named after the class', async () => {
    const { lifecycle, parent } = traced();

    const output = new Upper({ lifecycle }).call('hello');

    expect(output).toBe('HELLO');
    expect(await parent()).toMatchObject({
      name: 'Upper',
      kind: 'agent',
      input: 'hello',
      output: 'HELLO',
      metadata: { status: 'completed', reason: 'stop' },
    });
  });

  it('keeps what is synchronous synchronous and a promise a promise, in types too', async () => {
    const { lifecycle } = traced();

    const text = new Upper({ lifecycle }).call('a');
    const promise = new Echo({ lifecycle }).call({ text: 'b' });

    expectTypeOf(text).toEqualTypeOf<string>();
    expectTypeOf(promise).toEqualTypeOf<Promise<string>>();
    expect(promise).toBeInstanceOf(Promise);
    await expect(promise).resolves.toBe('b');
  });

  it('passes the options of the call on to the run', async () => {
    const { lifecycle, parent } = traced();
    const options = {
      conversationId: 'chat-1',
      userId: 'user-1',
      tags: ['tag'],
      metadata: { plan: 'free' },
    };

    new Upper({ lifecycle, name: 'shout', version: '2', kind: 'chain' }).call('hello', options);

    expect(await parent()).toMatchObject({
      name: 'shout',
      kind: 'chain',
      trace: { conversationId: 'chat-1', userId: 'user-1', tags: ['tag'], version: '2' },
      metadata: { plan: 'free', conversation_id_source: 'call.conversationId' },
    });
  });

  it('takes the conversation id from the input and, after that, from the input context', async () => {
    const byInput = traced();
    const byContext = traced();

    await new Echo({ lifecycle: byInput.lifecycle }).call({ text: 'a', conversationId: 'chat-2' });
    await new Echo({ lifecycle: byContext.lifecycle }).call(
      { text: 'a' },
      { inputContext: { conversation_id: 'chat-3' } },
    );

    expect(await byInput.parent()).toMatchObject({
      trace: { conversationId: 'chat-2' },
      metadata: { conversation_id_source: 'args[0].conversationId' },
    });
    expect(await byContext.parent()).toMatchObject({
      trace: { conversationId: 'chat-3' },
      metadata: { conversation_id_source: 'inputContext.conversation_id' },
    });
  });

  it('lets the same error out and records it', async () => {
    const { lifecycle, parent } = traced();
    const error = new Error('no');
    class Broken extends Module<string, string> {
      forward(): string {
        throw error;
      }
    }

    const attempt = (): string => new Broken({ lifecycle }).call('x');

    expect(attempt).toThrow(error);
    expect(await parent()).toMatchObject({ name: 'Broken', level: 'ERROR', statusMessage: 'no' });
  });

  it('makes a module that is called inside another one a run inside its run', async () => {
    const { lifecycle, parent, children } = traced();
    class Outer extends Module<string, string> {
      async forward(input: string, run: Run): Promise<string> {
        return run.step({ name: 'delegate' }, () => new Upper({ lifecycle }).call(input));
      }
    }

    await new Outer({ lifecycle }).call('hello', { conversationId: 'chat-1' });

    const [step, inner] = await children();
    expect(step).toMatchObject({ name: 'delegate', parentId: (await parent()).id });
    expect(inner).toMatchObject({
      role: 'child-run',
      name: 'Upper',
      parentId: step?.id,
      trace: { conversationId: 'chat-1' },
      output: 'HELLO',
    });
  });
});
