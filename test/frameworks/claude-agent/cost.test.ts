import { describe, expect, it } from 'vitest';

import type { EndedRecord } from '../../../adapters/index.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { mathServer, queryWith, read, replaying, typing } from './claude.ts';
import { generationsOf, named, parentOf, replayed } from './observed.ts';
import { changedRecording, recordedLines, session, withoutResult } from './recordings.ts';

function costOf(records: readonly EndedRecord[]): number {
  return records.reduce((sum, { cost }) => sum + (cost?.total ?? 0), 0);
}

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
    const { lifecycle, ended } = observedLifecycle();
    const query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('tool', mathServer()) });
    for (let next = await query.next(); next.value?.type !== 'user';) next = await query.next();
    const before = await ended();

    await read(query);

    expect(before.map(({ kind }) => kind)).toEqual(['tool']);
    expect(generationsOf(await ended())).toHaveLength(2);
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
    const { lifecycle, ended } = observedLifecycle();
    const { prompt, next } = typing('first', 'second');
    const query = queryWith(lifecycle);
    await read(query({ prompt, options: replaying(withoutNews('two-turns')) }), ({ type }) => {
      if (type === 'result') next();
    });

    const generations = generationsOf(await ended());

    expect(generations.map(({ cost }) => cost?.total?.toFixed(6))).toEqual([
      '0.000856',
      '0.000856',
    ]);
  });

  it('is left to Langfuse when the totals of a resumed session are all that is told', async () => {
    const records = await replayed(withoutNews('resume-2'), { resume: session });

    expect(generationsOf(records)[0]?.usage).toEqual({
      input: 140,
      cacheRead: 30,
      cacheWrite: 10,
    });
    expect(costOf(records)).toBe(0);
    expect(parentOf(records)?.metadata).toMatchObject({ cost_source: 'unknown_before_resume' });
  });

  it('is left to Langfuse when Claude Code dies before it says so', async () => {
    const records = await replayed(withoutResult('tool', 1));

    const generations = generationsOf(records);
    expect(generations).toHaveLength(2);
    for (const { usage, cost } of generations) {
      expect(usage).toEqual({ input: 140, cacheRead: 30, cacheWrite: 10 });
      expect(cost).toBeUndefined();
    }
  });
});
