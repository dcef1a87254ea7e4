import { describe, expect, it } from 'vitest';

import {
  createLifecycle,
  type Diagnostic,
  EventError,
  memorySink,
  type MemorySink,
  parseLifecycleEvent,
} from '../../src/index.ts';
import { madeUpSecret, nested } from './hostile-values.ts';

async function emit(...events: readonly unknown[]): Promise<{
  readonly sink: MemorySink;
  readonly diagnostics: readonly Diagnostic[];
}> {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const onDiagnostic = (diagnostic: Diagnostic): unknown => diagnostics.push(diagnostic);
  const lifecycle = createLifecycle({ sink, interruption: false, onDiagnostic });
  for (const event of events) lifecycle.emit(event);
  await lifecycle.shutdown();
  return { sink, diagnostics };
}

/** An error whose cause has a cause, and so on. */
function causes(depth: number): unknown {
  let error: object = { type: 'E', message: 'innermost' };
  for (let level = 0; level < depth; level += 1) error = { type: 'E', message: 'm', cause: error };
  return error;
}

const start = { type: 'run-start', runId: 'a', name: 'agent' };
const half = '\ud800';

describe('an event from anywhere', () => {
  it('with causes nested without end is an EventError, and no overflow of the stack', () => {
    const event = { type: 'run-end', runId: 'a', status: 'error', error: causes(50_000) };

    expect(() => parseLifecycleEvent(event, 0)).toThrow(EventError);
  });

  it('with a getter that throws is an EventError', () => {
    const event = {
      ...start,
      get input(): never {
        throw new Error('gotcha');
      },
    };

    expect(() => parseLifecycleEvent(event, 0)).toThrow(EventError);
  });

  it('keeps of its error what would be kept of a thrown one: 5 causes, 10 parts, 40 in all', async () => {
    const parts = Array.from({ length: 30 }, () => ({ type: 'P', message: 'part' }));
    const wide = {
      type: 'W',
      message: 'wide',
      errors: parts.map((part) => ({ ...part, errors: parts })),
    };

    const deep = await emit(start, {
      type: 'run-end',
      runId: 'a',
      status: 'error',
      error: causes(200),
    });
    const broad = await emit(start, { type: 'run-end', runId: 'a', status: 'error', error: wide });

    const count = (sink: MemorySink, type: string): number =>
      JSON.stringify(sink.parents[0]?.output).split(`"type":"${type}"`).length - 1;
    expect(count(deep.sink, 'E')).toBe(6);
    expect(count(broad.sink, 'P')).toBe(39);
  });

  it('with a payload nested without end keeps its first levels, and the rest is marked', async () => {
    const { sink, diagnostics } = await emit({ ...start, input: JSON.parse(nested(100_000)) });

    const text = JSON.stringify(sink.parents[0]?.input);
    expect(text).toMatch(/^\[{32}"\[/);
    expect(text.length).toBeLessThan(200);
    expect(diagnostics).toEqual([]);
  });

  it('leaves no half surrogate pair in any text that is sent', async () => {
    const { sink } = await emit(
      { ...start, runId: half, name: half, input: half, metadata: { [half]: half }, tags: [half] },
      { type: 'step-start', runId: half, stepId: half, name: half, model: half },
      { type: 'run-end', runId: half, status: 'error', error: { type: half, message: half } },
    );

    const sent = sink.records.map(({ runId: _runId, ...record }) => record);
    expect(sent).toHaveLength(2);
    expect(JSON.stringify(sent.map((record) => ({ ...record, stepId: '' })))).not.toMatch(
      /\\ud800/i,
    );
  });

  it('has no secret left in the places that it says named another conversation', async () => {
    const { sink } = await emit({ ...start, conversationConflict: [madeUpSecret] });

    expect(sink.parents[0]?.metadata['conversation_id_conflict']).toEqual(['[redacted]']);
  });

  it('that is none is named by the run that it claims to be of, however long that claim is', async () => {
    const { diagnostics } = await emit(
      { type: 'run-start', runId: 'order-12', nam: 'agent' },
      { type: 'run-start', runId: 'x'.repeat(1_000_000) },
    );

    const [short, long] = diagnostics;
    expect(short).toMatchObject({ runId: 'order-12' });
    expect(short?.message).toMatch(/ nam: expected no such field.* \(of the run order-12\)$/);
    expect(long?.runId).toHaveLength(200);
    expect(long?.message.length).toBeLessThan(2_500);
  });
});
