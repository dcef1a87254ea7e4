import { describe, expect, it } from 'vitest';
import { plain } from '../../adapters/cli/terminal/paint.ts';
import { toRecordedTrace } from '../../adapters/cli/demo/recorded-trace.ts';
import { toTreeLines } from '../../adapters/cli/demo/tree.ts';
import { createLifecycle, memorySink } from '../../src/index.ts';

async function draw(width: number): Promise<readonly string[]> {
  const sink = memorySink();
  let time = Date.UTC(2026, 0, 1);
  const clock = { now: () => time, schedule: () => ({ cancel() {} }) };
  const lifecycle = createLifecycle({ sink, clock });
  const run = lifecycle.startRun({ name: 'agent', input: 'why?', conversationId: 'chat-1' });
  const generation = run.startStep({ kind: 'generation', name: 'reason', model: 'gpt' });
  generation.update({ usage: { input: 12, output: 3 } });
  time += 20;
  generation.complete({ type: 'tools', thought: 'look it up' });
  const tool = run.startStep({ kind: 'tool', name: 'search', input: { query: 'why' } });
  time += 5;
  tool.startStep({ name: 'fetch' }).complete();
  tool.complete({ hits: [1, 2], took: 5 });
  run.fail(new Error('out of luck'));
  await lifecycle.flush();
  const trace = toRecordedTrace(sink.records, run.traceId);
  return trace === undefined ? [] : toTreeLines(trace, { paint: plain, width });
}

describe('toTreeLines', () => {
  it('draws a trace with types, levels, durations and what became of it', async () => {
    const lines = await draw(100);

    expect(lines).toEqual([
      'agent        AGENT       ERROR  25 ms  error (exception) · chat-1 from call.conversationId',
      '│  out of luck',
      '├─ reason    GENERATION         20 ms  gpt · 12 in, 3 out · look it up',
      '└─ search    TOOL                5 ms  why → hits: 2 items, took: 5',
      '   └─ fetch  SPAN                0 ms',
    ]);
  });

  it('stays within the width', async () => {
    const lines = await draw(60);

    expect(Math.max(...lines.map(({ length }) => length))).toBe(60);
  });
});
