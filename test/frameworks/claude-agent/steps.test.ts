import { describe, expect, it } from 'vitest';

import type { EndedRecord } from '../../../adapters/index.ts';
import { createManualClock } from '../../manual-clock.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { generationsOf, named, parentOf, replayed, telling } from './observed.ts';

describe('the steps of a query', () => {
  it('are one generation for each message id, with input, output, model and finish reason', async () => {
    const records = await replayed('tool');

    const [first, second] = generationsOf(records);
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

    const generations = generationsOf(records);
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
    const { lifecycle, ended } = observedLifecycle({ clock });
    const said = (text: string, at: number): object => ({
      type: 'assistant',
      timestamp: new Date(at).toISOString(),
      message: { id: text, model: 'm', content: [{ type: 'text', text }] },
    });
    const query = telling(lifecycle, [said('first', 3_000), said('second', 99_000)]);

    await clock.advance(8_000);
    for await (const _message of query);

    const generations = generationsOf(await ended());
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
    const { lifecycle, ended } = observedLifecycle();
    for await (const _message of telling(lifecycle, messages));
    return generationsOf(await ended());
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
