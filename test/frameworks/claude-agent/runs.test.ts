import type { Options } from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { observedLifecycle } from '../../observed-lifecycle.ts';
import { mathServer, queryWith, read, replaying } from './claude.ts';
import { generationsOf, parentOf, replayed, telling } from './observed.ts';
import { session } from './recordings.ts';

describe('the conversation of a query', () => {
  const given = '22222222-2222-4222-8222-222222222222';

  it.each<[string, Options, string, string]>([
    ['the session that is resumed', { resume: session }, session, 'claude.resume'],
    ['the id that is given', { sessionId: given }, given, 'claude.session_id_option'],
    ['the first message', {}, session, 'claude.session_id'],
    [
      'the first message of the session that goes on',
      { continue: true },
      session,
      'claude.session_id',
    ],
    [
      'the first message of a fork',
      { resume: given, forkSession: true },
      session,
      'claude.session_id',
    ],
    [
      'the id that is given to a fork',
      { resume: 'old', sessionId: given, forkSession: true },
      given,
      'claude.session_id_option',
    ],
  ])('is that of %s', async (_whose, options, id, source) => {
    const records = await replayed('tool', options);

    for (const { trace } of records) expect(trace.conversationId).toBe(id);
    expect(parentOf(records)?.metadata['conversation_id_source']).toBe(source);
  });

  it('is the one around it, and the session is a fact of the run', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const query = queryWith(lifecycle);

    await lifecycle.withConversation('chat-7', () =>
      read(query({ prompt: 'hi', options: replaying('success') })),
    );

    expect(await parent()).toMatchObject({
      trace: { conversationId: 'chat-7' },
      metadata: { conversation_id_source: 'context', claude_session_id: session },
    });
  });
});

describe('a run of a query', () => {
  it('is called and labelled as the options say', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const query = queryWith(lifecycle, {
      name: 'reviewer',
      userId: 'u-1',
      tags: ['nightly'],
      metadata: { team: 'core' },
      version: '3',
    });

    await read(query({ prompt: 'hi', options: replaying('success', { maxTurns: 5 }) }));

    expect(await parent()).toMatchObject({
      name: 'reviewer',
      trace: { userId: 'u-1', tags: ['nightly'], version: '3' },
      metadata: {
        team: 'core',
        framework: 'claude-agent-sdk',
        model: 'claude-opus-5-5',
        permission_mode: 'default',
        claude_code_version: '2.1.330',
        max_iterations: 5,
      },
    });
  });

  it('counts the calls that Claude Code tried again', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const retry = { type: 'system', subtype: 'api_retry', error: 'overloaded' };
    const messages = [retry, retry, { type: 'result', subtype: 'success', result: 'ok' }];

    for await (const _message of telling(lifecycle, messages));

    expect((await parent())?.metadata).toMatchObject({ api_retries: 2 });
  });

  it('has the name of the agent that the query asks for', async () => {
    expect(parentOf(await replayed('success', { agent: 'reviewer' }))?.name).toBe('reviewer');
  });

  it('goes on from the one that waited for a person', async () => {
    const { lifecycle, ended } = observedLifecycle();
    const query = queryWith(lifecycle);
    const hooks = { PreToolUse: [{ hooks: [async () => ({})] }] };
    await read(
      query({ prompt: 'pay', options: replaying('hook-defer', { ...mathServer(), hooks }) }),
    );

    await read(query({ prompt: 'yes', options: replaying('resume-2', { resume: session }) }));

    await read(query({ prompt: 'and', options: replaying('resume-2', { resume: session }) }));

    const [waited, goneOn, next] = (await ended()).filter(({ role }) => role === 'parent');
    expect(waited?.metadata).toMatchObject({ status: 'suspended' });
    expect(goneOn?.metadata).toMatchObject({ resume_of: waited?.runId });
    expect(next?.metadata).not.toHaveProperty('resume_of');
  });

  it('keeps the ending of its result when the process ends before the query does', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('success') });
    for (let next = await query.next(); next.value?.type !== 'result';) next = await query.next();

    await lifecycle.shutdown();

    expect(await parent()).toMatchObject({
      output: 'Hello there, human being.',
      metadata: { reason: 'stop' },
    });
    await query.return();
  });

  it('that a shutdown ends has what was said so far, and its generations', async () => {
    const { lifecycle, ended, diagnostics } = observedLifecycle();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('tool', mathServer()) });
    await query.next();
    await query.next();

    await lifecycle.shutdown();
    const rest = await read(query);

    const all = await ended();
    expect(parentOf(all)).toMatchObject({
      output: { partialOutput: 'Let me look.' },
      metadata: { reason: 'never_ended' },
    });
    expect(generationsOf(all)[0]).toMatchObject({
      level: 'DEFAULT',
      output: 'Let me look.',
    });
    expect(rest.ending).toBe('done');
    expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});
