import * as claude from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/claude-agent/index.ts';
import {
  ConfigError,
  createLifecycle,
  type Diagnostic,
  type EndedRecord,
  type Lifecycle,
  type LifecycleOptions,
  memorySink,
} from '../../../adapters/index.ts';
import { createManualClock } from '../../manual-clock.ts';
import { mathServer, queryWith, read, replaying, secretKey, typing } from './claude.ts';
import { changedRecording, recordedLines, session, withoutResult } from './recordings.ts';

interface Traced {
  readonly lifecycle: Lifecycle;
  readonly diagnostics: readonly Diagnostic[];
  /** What was recorded, after a flush. */
  readonly records: () => Promise<readonly EndedRecord[]>;
}

function traced(options: Partial<LifecycleOptions> = {}): Traced {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return {
    lifecycle,
    diagnostics,
    async records() {
      await lifecycle.flush();
      return sink.records.filter((record) => record.phase === 'ended');
    },
  };
}

function named(records: readonly EndedRecord[], name: string): EndedRecord | undefined {
  return records.find((record) => record.name === name);
}

function parentOf(records: readonly EndedRecord[]): EndedRecord | undefined {
  return records.find(({ role }) => role === 'parent');
}

function costOf(records: readonly EndedRecord[]): number {
  return records.reduce((sum, { cost }) => sum + (cost?.total ?? 0), 0);
}

async function replayed(
  recording: string,
  options: claude.Options = {},
): Promise<readonly EndedRecord[]> {
  const { lifecycle, records } = traced();
  const query = queryWith(lifecycle);
  await read(
    query({ prompt: 'say hello', options: replaying(recording, { ...mathServer(), ...options }) }),
  );
  return records();
}

describe('the function that comes back', () => {
  it('has the type of the one that went in, and the SDK has that form', () => {
    const { lifecycle } = traced();

    const query = withLifecycle(claude.query, lifecycle) satisfies typeof claude.query;

    expect(query).toHaveLength(claude.query.length);
    expect(query.name).toBe(claude.query.name);
  });

  it('is the very same when nothing is recorded', () => {
    const { lifecycle } = traced({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
    });

    expect(withLifecycle(claude.query, lifecycle)).toBe(claude.query);
  });

  it('is not made of something else', () => {
    const { lifecycle } = traced();

    expect(() => withLifecycle(undefined as unknown as typeof claude.query, lifecycle)).toThrow(
      ConfigError,
    );
    expect(() => withLifecycle(claude.query, {} as Lifecycle)).toThrow(ConfigError);
    expect(() => withLifecycle(claude.query, lifecycle, null as unknown as object)).toThrow(
      'options: expected an object, received null.',
    );
  });
});

describe('a query of the SDK', () => {
  it('keeps its methods, which have private fields', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle)({ prompt: 'go', options: replaying('break') });

    await query.setModel('claude-haiku-5-5');
    await query.setPermissionMode('plan');
    const commands = await query.supportedCommands();
    const first = await query.next();
    query.close();

    expect(commands).toEqual([]);
    expect(first.value).toMatchObject({ type: 'system', subtype: 'init' });
    expect(parentOf(await records())).toMatchObject({ metadata: { reason: 'aborted' } });
  });

  it('starts its process when it is made, and not when it is read', () => {
    const { lifecycle } = traced();
    const order: string[] = [];
    const start = (query: typeof claude.query): claude.Query => {
      const made = query({
        prompt: 'say hello',
        options: {
          ...replaying('success'),
          spawnClaudeCodeProcess: () => {
            order.push('started');
            throw new Error('enough is known');
          },
        },
      });
      order.push('made');
      return made;
    };

    for (const query of [claude.query, queryWith(lifecycle)]) {
      try {
        start(query);
      } catch {
        order.push('threw');
      }
    }

    expect(order.slice(0, 2)).toEqual(order.slice(2));
    expect(order[0]).toBe('started');
  });

  it('is closed by `await using`', async () => {
    const { lifecycle, records } = traced();

    {
      await using query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('break') });
      await query.next();
    }

    expect(parentOf(await records())).toMatchObject({
      statusMessage: 'the query was closed',
      metadata: { reason: 'aborted' },
    });
  });
});

describe('the steps of a query', () => {
  it('are one generation for each message id, with input, output, model and finish reason', async () => {
    const records = await replayed('tool');

    const [first, second] = records.filter(({ kind }) => kind === 'generation');
    expect(first).toMatchObject({
      name: 'claude-opus-5-5',
      model: 'claude-opus-5-5',
      input: [{ role: 'user', content: 'say hello' }],
      output: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', name: 'mcp__math__add', input: { a: 2, b: 3 } },
      ],
      metadata: { finish_reason: 'tool_use' },
    });
    expect(second).toMatchObject({
      input: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_01' }] }],
      output: 'It is 5.',
      metadata: { finish_reason: 'end_turn' },
    });
    expect(named(records, 'mcp__math__add')).toMatchObject({
      kind: 'tool',
      input: { a: 2, b: 3 },
      output: '5',
    });
  });

  it('have their own tokens and the time of the first one when messages come in pieces', async () => {
    const records = await replayed('tool-partial', { includePartialMessages: true });

    const generations = records.filter(({ kind }) => kind === 'generation');
    expect(generations).toHaveLength(2);
    for (const { usage, metadata, completionStartTime, startTime, endTime } of generations) {
      expect(usage).toEqual({ input: 140, output: 20, cacheRead: 30, cacheWrite: 10 });
      expect(metadata).not.toHaveProperty('output_tokens');
      expect(completionStartTime).toBeGreaterThanOrEqual(startTime);
      expect(completionStartTime).toBeLessThanOrEqual(endTime);
    }
  });

  it('keep the error of a tool that Claude got over', async () => {
    const records = await replayed('tool-error');

    expect(named(records, 'mcp__math__fail')).toMatchObject({
      level: 'ERROR',
      statusMessage: expect.stringContaining('no such city'),
    });
    expect(parentOf(records)?.level).toBe('DEFAULT');
  });

  it('of a subagent stand below it', async () => {
    const records = await replayed('subagent');

    const helper = named(records, 'helper');
    expect(helper).toMatchObject({
      kind: 'agent',
      input: { prompt: 'add 2 and 3', subagent_type: 'helper' },
      output: 'helper says 5',
      metadata: { tool_name: 'Task' },
    });
    const below = records.filter(({ parentId }) => parentId === helper?.id);
    expect(below.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'generation claude-haiku-5-5',
      'tool mcp__math__add',
      'generation claude-haiku-5-5',
    ]);
    expect(below[0]?.input).toEqual([{ role: 'user', content: 'add 2 and 3' }]);
  });

  it('of a subagent in the background last as long as it does', async () => {
    const records = await replayed('background');

    const helper = named(records, 'helper');
    const below = records.filter(({ parentId }) => parentId === helper?.id);
    expect(helper).toMatchObject({ output: 'helper says 5', level: 'DEFAULT' });
    expect(helper?.endTime).toBeGreaterThanOrEqual(
      Math.max(...below.map(({ endTime }) => endTime)),
    );
    expect(below[0]?.input).toEqual([{ role: 'user', content: 'add 2 and 3' }]);
  });

  it('go by the clock of Claude Code where that can be the right one, not by when they were read', async () => {
    const clock = createManualClock(1_000);
    const { lifecycle, records } = traced({ clock });
    const said = (text: string, at: number): object => ({
      type: 'assistant',
      timestamp: new Date(at).toISOString(),
      message: { id: text, model: 'm', content: [{ type: 'text', text }] },
    });
    async function* fake(_call: { readonly prompt: string }): AsyncGenerator<object> {
      yield said('first', 3_000);
      yield said('second', 99_000);
    }
    const query = withLifecycle(fake, lifecycle)({ prompt: 'hi' });

    await clock.advance(8_000);
    for await (const _message of query);

    const generations = (await records()).filter(({ kind }) => kind === 'generation');
    expect(generations.map(({ startTime, endTime }) => [startTime, endTime])).toEqual([
      [1_000, 3_000],
      [3_000, 9_000],
    ]);
  });
});

describe('a generation in pieces', () => {
  const start = (id: string): object => ({
    type: 'stream_event',
    event: { type: 'message_start', message: { id, model: 'm' } },
  });
  const piece = (text: string): object => ({
    type: 'stream_event',
    event: { type: 'content_block_delta', delta: { type: 'text_delta', text } },
  });
  const block = (id: string, content: object): object => ({
    type: 'assistant',
    message: { id, model: 'm', content: [content] },
  });
  const stop = (id: string): object => ({
    type: 'stream_event',
    api_message_id: id,
    event: {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: { input_tokens: 5, output_tokens: 3 },
    },
  });

  async function told(messages: readonly object[]): Promise<readonly EndedRecord[]> {
    const { lifecycle, records } = traced();
    async function* fake(_call: { readonly prompt: string }): AsyncGenerator<object> {
      yield* messages;
    }
    await read(
      withLifecycle(fake, lifecycle)({ prompt: 'hi' }) as AsyncIterable<claude.SDKMessage>,
    );
    return (await records()).filter(({ kind }) => kind === 'generation');
  }

  it('is whole when the user writes, or a tool is done, before it is', async () => {
    const use = { type: 'tool_use', id: 't', name: 'look', input: {} };
    const result = { type: 'tool_result', tool_use_id: 't', content: 'seen' };

    const generations = await told([
      start('a'),
      piece('Let '),
      block('a', use),
      { type: 'user', message: { content: [result] } },
      piece('me see.'),
      block('a', { type: 'text', text: 'Let me see.' }),
      stop('a'),
    ]);

    expect(generations).toMatchObject([
      {
        output: [use, { type: 'text', text: 'Let me see.' }],
        usage: { input: 5, output: 3 },
        metadata: { finish_reason: 'end_turn' },
      },
    ]);
  });

  it('keeps what had come of a block when it is cut off', async () => {
    const generations = await told([start('a'), piece('Half an '), piece('answ')]);

    expect(generations).toMatchObject([{ output: 'Half an answ' }]);
  });

  it('has calls that failed one after the other, each of its own', async () => {
    const failure = {
      type: 'assistant',
      error: 'rate_limit',
      message: { model: '<synthetic>', content: [{ type: 'text', text: 'API Error: 429' }] },
    };

    const generations = await told([
      failure,
      { type: 'result', subtype: 'success', is_error: true, result: 'API Error: 429' },
      failure,
    ]);

    expect(generations.map(({ level, statusMessage }) => [level, statusMessage])).toEqual([
      ['ERROR', 'API Error: 429'],
      ['ERROR', 'API Error: 429'],
    ]);
  });
});

describe('what a query cost', () => {
  it.each([
    'success',
    'tool',
    'tool-partial',
    'subagent',
    'subagent-plain',
    'background',
    'max-turns',
    'budget',
    'api-400',
    'api-late',
    'max-tokens',
    'refusal',
    'structured-exhausted',
    'denied',
    'prompt-blocked',
  ])('is in the trace exactly once: %s', async (recording) => {
    const results = recordedLines(recording).filter(({ type }) => type === 'result');
    const hooks = [{ hooks: [async () => ({})] }];

    const records = await replayed(recording, { hooks: { UserPromptSubmit: hooks } });

    expect(costOf(records)).toBeCloseTo(Number(results.at(-1)?.['total_cost_usd']), 12);
    expect(parentOf(records)).not.toHaveProperty('cost');
    expect(parentOf(records)).not.toHaveProperty('usage');
    // Langfuse would make up the cost of what has tokens and no cost.
    expect(records.filter(({ usage, cost }) => usage !== undefined && cost === undefined)).toEqual(
      [],
    );
  });

  it('is what generations wait for: they are sent with the result', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('tool', mathServer()) });
    for (let next = await query.next(); next.value?.type !== 'user';) next = await query.next();
    const before = await records();

    await read(query);

    expect(before.map(({ kind }) => kind)).toEqual(['tool']);
    expect((await records()).filter(({ kind }) => kind === 'generation')).toHaveLength(2);
  });

  it('includes calls of which nobody was told, as a generation of their own', async () => {
    const records = await replayed('subagent-plain', { includePartialMessages: true });

    expect(named(records, 'claude-opus-5-5 (other calls)')).toMatchObject({
      kind: 'generation',
      model: 'claude-opus-5-5',
      usage: { input: 140, cacheRead: 30, cacheWrite: 10 },
    });
  });

  it('leaves out what the session had cost before it was resumed', async () => {
    const records = await replayed('resume-2', { resume: session });

    expect(costOf(records)).toBeCloseTo(0.000856, 12);
    expect(parentOf(records)?.metadata['total_cost_usd']).toBeCloseTo(0.001712, 12);
  });

  const withoutNews = (recording: string): string =>
    changedRecording(recording, (lines) =>
      lines.map(({ model_usage_since_last_result: _news, ...line }) => line),
    );

  it('is told apart turn by turn when Claude Code gives only totals', async () => {
    const { lifecycle, records } = traced();
    const { prompt, next } = typing('first', 'second');
    const query = queryWith(lifecycle);
    await read(query({ prompt, options: replaying(withoutNews('two-turns')) }), ({ type }) => {
      if (type === 'result') next();
    });

    const generations = (await records()).filter(({ kind }) => kind === 'generation');

    expect(generations.map(({ cost }) => cost?.total?.toFixed(6))).toEqual([
      '0.000856',
      '0.000856',
    ]);
  });

  it('is left to Langfuse when the totals of a resumed session are all that is told', async () => {
    const records = await replayed(withoutNews('resume-2'), { resume: session });

    expect(records.find(({ kind }) => kind === 'generation')?.usage).toEqual({
      input: 140,
      cacheRead: 30,
      cacheWrite: 10,
    });
    expect(costOf(records)).toBe(0);
    expect(parentOf(records)?.metadata).toMatchObject({ cost_source: 'unknown_before_resume' });
  });

  it('is left to Langfuse when Claude Code dies before it says so', async () => {
    const records = await replayed(withoutResult('tool', 1));

    const generations = records.filter(({ kind }) => kind === 'generation');
    expect(generations).toHaveLength(2);
    for (const { usage, cost } of generations) {
      expect(usage).toEqual({ input: 140, cacheRead: 30, cacheWrite: 10 });
      expect(cost).toBeUndefined();
    }
  });
});

describe('the conversation of a query', () => {
  const given = '22222222-2222-4222-8222-222222222222';

  it.each<[string, claude.Options, string, string]>([
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
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle);

    await lifecycle.withConversation('chat-7', () =>
      read(query({ prompt: 'hi', options: replaying('success') })),
    );

    const parent = parentOf(await records());
    expect(parent?.trace.conversationId).toBe('chat-7');
    expect(parent?.metadata).toMatchObject({
      conversation_id_source: 'context',
      claude_session_id: session,
    });
  });
});

describe('a run of a query', () => {
  it('is called and labelled as the options say', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle, {
      name: 'reviewer',
      userId: 'u-1',
      tags: ['nightly'],
      metadata: { team: 'core' },
      version: '3',
    });

    await read(query({ prompt: 'hi', options: replaying('success', { maxTurns: 5 }) }));

    expect(parentOf(await records())).toMatchObject({
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
    const { lifecycle, records } = traced();
    const retry = { type: 'system', subtype: 'api_retry', error: 'overloaded' };
    async function* fake(_call: { readonly prompt: string }): AsyncGenerator<object> {
      yield* [retry, retry, { type: 'result', subtype: 'success', result: 'ok' }];
    }

    for await (const _message of withLifecycle(fake, lifecycle)({ prompt: 'hi' }));

    expect(parentOf(await records())?.metadata).toMatchObject({ api_retries: 2 });
  });

  it('has the name of the agent that the query asks for', async () => {
    expect(parentOf(await replayed('success', { agent: 'reviewer' }))?.name).toBe('reviewer');
  });

  it('goes on from the one that waited for a person', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle);
    const hooks = { PreToolUse: [{ hooks: [async () => ({})] }] };
    await read(
      query({ prompt: 'pay', options: replaying('hook-defer', { ...mathServer(), hooks }) }),
    );

    await read(query({ prompt: 'yes', options: replaying('resume-2', { resume: session }) }));

    await read(query({ prompt: 'and', options: replaying('resume-2', { resume: session }) }));

    const [waited, goneOn, next] = (await records()).filter(({ role }) => role === 'parent');
    expect(waited?.metadata).toMatchObject({ status: 'suspended' });
    expect(goneOn?.metadata).toMatchObject({ resume_of: waited?.runId });
    expect(next?.metadata).not.toHaveProperty('resume_of');
  });

  it('keeps the ending of its result when the process ends before the query does', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('success') });
    for (let next = await query.next(); next.value?.type !== 'result';) next = await query.next();

    await lifecycle.shutdown();

    expect(parentOf(await records())).toMatchObject({
      output: 'Hello there, human being.',
      metadata: { reason: 'stop' },
    });
    await query.return();
  });

  it('that a shutdown ends has what was said so far, and its generations', async () => {
    const { lifecycle, records, diagnostics } = traced();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('tool', mathServer()) });
    await query.next();
    await query.next();

    await lifecycle.shutdown();
    const rest = await read(query);

    const all = await records();
    expect(parentOf(all)).toMatchObject({
      output: { partialOutput: 'Let me look.' },
      metadata: { reason: 'never_ended' },
    });
    expect(all.find(({ kind }) => kind === 'generation')).toMatchObject({
      level: 'DEFAULT',
      output: 'Let me look.',
    });
    expect(rest.ending).toBe('done');
    expect(diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });
});

describe('runs and queries inside each other', () => {
  it('make a query inside a run its child', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle);

    await lifecycle.run({ name: 'outer', conversationId: 'c' }, () =>
      read(query({ prompt: 'hi', options: replaying('success') })),
    );

    const all = await records();
    expect(named(all, 'claude-agent')).toMatchObject({
      role: 'child-run',
      parentId: parentOf(all)?.id,
      trace: { conversationId: 'c', name: 'outer' },
      output: 'Hello there, human being.',
    });
  });

  it('make a run and a query inside an in-process tool children of the query', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle);
    const add = async (one: number, other: number): Promise<number> => {
      await read(query({ prompt: 'inner', options: replaying('success') }));
      return lifecycle.run({ name: 'calculator' }, () => one + other);
    };

    await read(query({ prompt: 'outer', options: replaying('tool', mathServer(add)) }));

    const all = await records();
    const outer = parentOf(all);
    expect(outer?.input).toBe('outer');
    expect(all.filter(({ role }) => role === 'child-run')).toMatchObject([
      { name: 'claude-agent', input: 'inner', parentId: outer?.id },
      { name: 'calculator', output: 5, parentId: outer?.id },
    ]);
  });

  it('let a hook find the run of its query', async () => {
    const { lifecycle, records } = traced();
    const query = queryWith(lifecycle);
    const hook = async (): Promise<object> => {
      lifecycle.currentRun()?.update({ metadata: { seen_by: 'hook' } });
      return {};
    };
    const hooks = { PreToolUse: [{ hooks: [hook] }] };

    await read(
      query({ prompt: 'hi', options: replaying('hook-stops', { ...mathServer(), hooks }) }),
    );

    expect(parentOf(await records())?.metadata).toMatchObject({ seen_by: 'hook' });
  });
});

describe('what is never recorded', () => {
  it('are keys, headers, folders and where the key came from', async () => {
    const records = await replayed('tool', {
      env: { OTHER_TOKEN: 'other-secret-value' },
      mcpServers: {
        ...mathServer().mcpServers,
        remote: {
          type: 'http',
          url: 'http://127.0.0.1:9/mcp',
          headers: { Authorization: 'Bearer remote-secret' },
        },
      },
    });

    const all = JSON.stringify(records);
    expect(records.length).toBeGreaterThan(3);
    for (const secret of [secretKey, 'other-secret-value', 'remote-secret', '127.0.0.1:9']) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain('ANTHROPIC_API_KEY');
    expect(all).not.toContain('/home/user/project');
  });
});

describe('messages of any form', () => {
  it('reach the reader as they are, and hurt nobody', async () => {
    const { lifecycle, records } = traced();
    const trap = new Proxy(
      {},
      {
        get(_target, key) {
          // Who yields it looks whether it is a promise.
          if (key === 'then') return undefined;
          throw new Error('do not touch');
        },
      },
    );
    const messages = [
      null,
      7,
      'text',
      trap,
      {},
      { type: 'assistant' },
      { type: 'assistant', message: { id: 7, content: trap } },
      { type: 'user', message: { content: [trap, null, { type: 'tool_result' }] } },
      { type: 'stream_event', event: trap },
      { type: 'system', subtype: 'task_notification' },
      { type: 'result', subtype: 'success', result: 'ok', modelUsage: trap },
    ];
    async function* fake(_call: { readonly prompt: string }): AsyncGenerator {
      yield* messages;
    }
    const query = withLifecycle(fake, lifecycle);

    const seen: unknown[] = [];
    for await (const message of query({ prompt: 'hi' })) seen.push(message);

    expect(seen).toHaveLength(messages.length);
    for (const [index, message] of seen.entries()) expect(message).toBe(messages[index]);
    expect(parentOf(await records())).toMatchObject({ input: 'hi', output: 'ok' });
  });
});
