import { describe, expect, it } from 'vitest';
import type { LifecycleEvent } from '../../src/index.ts';
import { createHistory } from './history.ts';

const start = {
  type: 'run-start',
  runId: 'r',
  name: 'agent',
  input: 'question',
  timestamp: 100,
} as const;
const completed = {
  type: 'run-end',
  runId: 'r',
  timestamp: 200,
  status: 'completed',
  output: 'answer',
} as const;
const failed = {
  type: 'run-end',
  runId: 'r',
  timestamp: 210,
  status: 'error',
  error: { type: 'Error', message: 'boom' },
} as const;
const aborted = {
  ...failed,
  timestamp: 220,
  reason: 'aborted',
  error: { type: 'AbortError', message: 'stop' },
} as const;

describe('a run', () => {
  it('is named and has its input from its first record', () => {
    const history = createHistory();

    history.tell({ ...start, conversationId: 'c-1' });

    expect(history.all[0]).toMatchObject({
      phase: 'open',
      role: 'parent',
      name: 'agent',
      input: 'question',
      trace: { name: 'agent', conversationId: 'c-1' },
      metadata: { status: 'in_progress', conversation_id_source: 'event.conversationId' },
    });
  });

  it('ends with its output, status and reason', () => {
    const history = createHistory();

    history.tell(start, completed);

    expect(history.run('r')).toMatchObject({
      phase: 'ended',
      output: 'answer',
      endTime: 200,
      level: 'DEFAULT',
      metadata: { status: 'completed', reason: 'stop' },
    });
  });

  it('says so when it was given nothing and returned nothing', () => {
    const history = createHistory();

    history.tell(
      { type: 'run-start', runId: 'r', name: 'agent', timestamp: 1 },
      { type: 'run-end', runId: 'r', timestamp: 2, status: 'completed' },
    );

    expect(history.run('r')).toMatchObject({ input: '[no input]', output: '[no output]' });
  });

  it('takes null for a value', () => {
    const history = createHistory();

    history.tell({ ...start, input: null }, { ...completed, output: null });

    expect(history.run('r')).toMatchObject({ input: null, output: null });
  });

  it('keeps an output that was told before an ending without one', () => {
    const history = createHistory();

    history.tell(
      start,
      { type: 'run-update', runId: 'r', timestamp: 150, output: 'so far' },
      { ...completed, output: undefined },
    );

    expect(history.run('r')).toMatchObject({ output: 'so far' });
  });

  it('keeps what had been produced as the partial output of a failure', () => {
    const history = createHistory();

    history.tell(
      start,
      { type: 'run-update', runId: 'r', timestamp: 150, output: 'so far' },
      failed,
    );

    expect(history.run('r')).toMatchObject({
      level: 'ERROR',
      statusMessage: 'boom',
      output: {
        error: { type: 'Error', message: 'boom', reason: 'exception' },
        partialOutput: 'so far',
      },
      metadata: { status: 'error', reason: 'exception', error_type: 'Error' },
    });
  });

  it('is a warning when the caller aborted it', () => {
    const history = createHistory();

    history.tell(start, aborted);

    expect(history.run('r')).toMatchObject({ level: 'WARNING', metadata: { reason: 'aborted' } });
  });

  it('never ends before it started', () => {
    const history = createHistory();

    history.tell(start, { ...completed, timestamp: 50 });

    expect(history.run('r')).toMatchObject({ startTime: 100, endTime: 100 });
  });
});

describe('a second ending', () => {
  const cases: readonly [string, LifecycleEvent, LifecycleEvent, string][] = [
    ['an error after a success', completed, failed, 'exception'],
    ['a success after an error', failed, completed, 'exception'],
    ['an abort after an error', failed, aborted, 'aborted'],
    ['an error after an abort', aborted, failed, 'aborted'],
    ['the same once more', completed, completed, 'stop'],
  ];

  it.each(cases)('leaves the more severe one: %s', (_title, first, second, reason) => {
    const history = createHistory();

    history.tell(start, first, second);

    expect(history.run('r')?.metadata['reason']).toBe(reason);
  });

  it('is counted and not recorded after the wire has the first', () => {
    const history = createHistory();
    history.tell(start, completed);
    history.handOver();
    const before = history.all.length;

    history.tell(failed);

    expect(history.all).toHaveLength(before);
    expect(history.diagnostics.at(-1)).toMatchObject({
      code: 'late_ending',
      severity: 'warning',
      runId: 'r',
    });
  });
});

describe('a start', () => {
  it('is made up when only an end comes', () => {
    const history = createHistory();

    history.tell({ ...failed, name: 'agent' });
    history.settle(1_000);

    expect(history.run('r')).toMatchObject({
      phase: 'ended',
      name: 'agent',
      startTime: 210,
      metadata: { start: 'synthesised', reason: 'exception' },
    });
  });

  it('that comes after the end fills in what was missing', () => {
    const history = createHistory();

    history.tell(completed);
    history.settle(1_000);
    history.tell({ ...start, conversationId: 'c' });

    expect(history.run('r')).toMatchObject({
      name: 'agent',
      input: 'question',
      startTime: 100,
      endTime: 200,
      trace: { name: 'agent', conversationId: 'c' },
    });
    expect(history.run('r')?.metadata).not.toHaveProperty('start');
  });

  it('that comes before the tick is taken as if it had come first', () => {
    const history = createHistory();

    history.tell(completed, start);
    history.settle(1_000);

    expect(history.all[0]).toMatchObject({ phase: 'open', name: 'agent', input: 'question' });
    expect(history.run('r')).toMatchObject({ phase: 'ended', startTime: 100, endTime: 200 });
  });

  it('told twice changes nothing', () => {
    const history = createHistory();

    history.tell(start, { ...start, name: 'other', input: 'other' });

    expect(history.run('r')).toMatchObject({ name: 'agent', input: 'question' });
    expect(history.diagnostics).toMatchObject([{ code: 'duplicate_event' }]);
  });
});

describe('a step', () => {
  const step = { runId: 'r', stepId: 's', name: 'search', kind: 'tool' } as const;

  it('waits for the start of its run', () => {
    const history = createHistory();

    history.tell({ ...step, type: 'step-start', timestamp: 110 });
    const early = history.all.length;
    history.tell(start);

    expect(early).toBe(0);
    expect(history.step('s')).toMatchObject({ name: 'search', parentId: history.run('r')?.id });
  });

  it('is closed with its run when nobody ended it', () => {
    const history = createHistory();

    history.tell(start, { ...step, type: 'step-start', timestamp: 110 }, completed);

    expect(history.step('s')).toMatchObject({
      phase: 'ended',
      endTime: 200,
      level: 'WARNING',
      statusMessage: 'still open when the run agent ended',
      metadata: { closed_with_run: true },
    });
  });

  it('that ends after it was closed with its run keeps its own result and not a later time', () => {
    const history = createHistory();

    history.tell(start, { ...step, type: 'step-start', timestamp: 110 }, completed);
    history.tell({ ...step, type: 'step-end', timestamp: 500, output: 'found' });

    expect(history.step('s')).toMatchObject({ output: 'found', endTime: 200, level: 'DEFAULT' });
    expect(history.step('s')?.statusMessage).toBeUndefined();
  });

  it('that ended by itself ends its run no earlier, when the clocks of the two differ', () => {
    const history = createHistory();

    history.tell(
      start,
      { ...step, type: 'step-start', timestamp: 110 },
      { ...step, type: 'step-end', timestamp: 201 },
      completed,
    );

    expect(history.step('s')).toMatchObject({ endTime: 201 });
    expect(history.run('r')).toMatchObject({ endTime: 201 });
  });

  it('that failed does not fail its run', () => {
    const history = createHistory();

    history.tell(
      start,
      { ...step, type: 'step-start', timestamp: 110 },
      { ...step, type: 'step-end', timestamp: 120, error: { type: 'Error', message: 'no index' } },
      completed,
    );

    expect(history.step('s')).toMatchObject({ level: 'ERROR', statusMessage: 'no index' });
    expect(history.run('r')).toMatchObject({ level: 'DEFAULT', metadata: { status: 'completed' } });
  });

  it('collects what is told of it', () => {
    const history = createHistory();

    history.tell(
      start,
      {
        ...step,
        type: 'step-start',
        timestamp: 110,
        kind: 'generation',
        model: 'm',
        metadata: { a: 1 },
      },
      {
        type: 'step-update',
        runId: 'r',
        stepId: 's',
        timestamp: 115,
        usage: { input: 3 },
        metadata: { b: 2 },
      },
      {
        type: 'step-end',
        runId: 'r',
        stepId: 's',
        timestamp: 120,
        usage: { output: 5 },
        output: 'text',
      },
    );

    expect(history.step('s')).toMatchObject({
      kind: 'generation',
      model: 'm',
      usage: { input: 3, output: 5 },
      output: 'text',
      metadata: { a: 1, b: 2 },
    });
  });

  it('whose end is told first takes name and start from its start', () => {
    const history = createHistory();

    history.tell(
      start,
      { type: 'step-end', runId: 'r', stepId: 's', timestamp: 120, output: 'text' },
      { ...step, type: 'step-start', timestamp: 110, input: 'in' },
    );

    expect(history.step('s')).toMatchObject({
      name: 'search',
      input: 'in',
      output: 'text',
      startTime: 110,
      endTime: 120,
    });
  });

  it('nests below another step', () => {
    const history = createHistory();

    history.tell(
      start,
      { ...step, type: 'step-start', timestamp: 110 },
      { ...step, type: 'step-start', stepId: 'inner', parentStepId: 's', timestamp: 111 },
    );

    expect(history.step('inner')?.parentId).toBe(history.step('s')?.id);
  });

  it('is not written again after the wire has its end', () => {
    const history = createHistory();
    history.tell(
      start,
      { ...step, type: 'step-start', timestamp: 110 },
      { ...step, type: 'step-end', timestamp: 120 },
    );
    history.handOver();
    const before = history.all.length;

    history.tell({ ...step, type: 'step-end', timestamp: 130, output: 'again' });

    expect(history.all).toHaveLength(before);
    expect(history.diagnostics.at(-1)).toMatchObject({ code: 'duplicate_event' });
  });
});

describe('a run inside a run', () => {
  const inner = {
    type: 'run-start',
    runId: 'inner',
    parentRunId: 'r',
    name: 'researcher',
    timestamp: 120,
  } as const;

  it('is an observation of the outer trace', () => {
    const history = createHistory();

    history.tell(
      { ...start, conversationId: 'c' },
      inner,
      { ...completed, runId: 'inner', timestamp: 150 },
      completed,
    );

    expect(history.run('inner')).toMatchObject({
      role: 'child-run',
      parentId: history.run('r')?.id,
      trace: { traceId: history.run('r')?.trace.traceId, name: 'agent', conversationId: 'c' },
      metadata: { status: 'completed', conversation_id_source: 'outer_run' },
    });
  });

  it('may not change the conversation', () => {
    const history = createHistory();

    history.tell({ ...start, conversationId: 'c' }, { ...inner, conversationId: 'other' });

    expect(history.run('inner')).toMatchObject({
      trace: { conversationId: 'c' },
      metadata: { conversation_id_conflict: ['event.conversationId'] },
    });
  });

  it('learns of a conversation that became known late', () => {
    const history = createHistory();

    history.tell(
      start,
      inner,
      {
        type: 'run-update',
        runId: 'r',
        timestamp: 130,
        conversationId: 'late',
        conversationSource: 'claude.session_id',
      },
      { ...completed, runId: 'inner', timestamp: 150 },
    );

    expect(history.run('inner')?.trace.conversationId).toBe('late');
    expect(history.run('r')?.metadata['conversation_id_source']).toBe('claude.session_id');
  });

  it('is closed with the outer run, as a warning, together with its steps', () => {
    const history = createHistory();

    history.tell(
      start,
      inner,
      { type: 'step-start', runId: 'inner', stepId: 's', name: 'search', timestamp: 130 },
      completed,
    );

    expect(history.run('inner')).toMatchObject({
      phase: 'ended',
      level: 'WARNING',
      endTime: 200,
      metadata: { status: 'error', reason: 'never_ended' },
    });
    expect(history.step('s')).toMatchObject({ phase: 'ended', endTime: 200 });
  });

  it('that tells its end after the outer one keeps its own ending and not a later time', () => {
    const history = createHistory();

    history.tell(start, inner, completed, {
      ...completed,
      runId: 'inner',
      timestamp: 900,
      output: 'found',
    });

    expect(history.run('inner')).toMatchObject({ output: 'found', endTime: 200, level: 'DEFAULT' });
  });

  it('that ended by itself ends the outer one no earlier, when the clocks of the two differ', () => {
    const history = createHistory();

    history.tell(start, inner, { ...completed, runId: 'inner', timestamp: 201 }, completed);

    expect(history.run('inner')).toMatchObject({ endTime: 201 });
    expect(history.run('r')).toMatchObject({ endTime: 201 });
  });

  it('that starts after the outer one ended does not outlive it', () => {
    const history = createHistory();

    history.tell(start, completed, inner);

    expect(history.run('inner')).toMatchObject({ phase: 'ended', role: 'child-run', endTime: 200 });
  });

  it('waits for the start of the outer one', () => {
    const history = createHistory();

    history.tell(inner, start);

    expect(history.run('inner')).toMatchObject({
      role: 'child-run',
      parentId: history.run('r')?.id,
    });
  });

  it('cannot be inside itself', () => {
    const history = createHistory();

    history.tell({ ...start, parentRunId: 'r' });

    expect(history.run('r')?.role).toBe('parent');
  });
});

describe('a run that goes on after a pause', () => {
  const suspended = {
    type: 'run-end',
    runId: 'r',
    timestamp: 200,
    status: 'suspended',
    pending: ['approve?'],
  } as const;
  const resumed = { ...start, runId: 'second', resumeOf: 'r', timestamp: 300 } as const;

  it('names the run that it continues, and is named by it', () => {
    const history = createHistory();

    history.tell(start, suspended, resumed);

    expect(history.run('second')?.metadata).toMatchObject({ resume_of: 'r', run_id: 'second' });
    expect(history.run('r')).toMatchObject({
      phase: 'ended',
      endTime: 200,
      metadata: { status: 'suspended', resumed_by: 'second', run_id: 'r' },
    });
  });

  it('leaves the first one as it is once the wire has it', () => {
    const history = createHistory();
    history.tell(start, suspended);
    history.handOver();
    const before = history.all.length;

    history.tell(resumed);

    expect(history.all.slice(before).map(({ runId }) => runId)).toEqual(['second']);
    expect(history.diagnostics).toEqual([]);
  });
});

describe('a conversation id', () => {
  it('that is there is never replaced, and the attempt is recorded', () => {
    const history = createHistory();

    history.tell(
      { ...start, conversationId: 'first' },
      { type: 'run-update', runId: 'r', timestamp: 120, conversationId: 'second' },
    );

    expect(history.run('r')).toMatchObject({
      trace: { conversationId: 'first' },
      metadata: { conversation_id_conflict: ['event.conversationId'] },
    });
    expect(history.diagnostics).toMatchObject([{ code: 'conversation_conflict' }]);
  });

  it('that nobody named is said to be missing', () => {
    const history = createHistory();

    history.tell(start, completed);

    expect(history.run('r')?.trace).not.toHaveProperty('conversationId');
    expect(history.run('r')?.metadata['conversation_id_source']).toBe('missing');
  });
});

describe('closing', () => {
  it('ends every open run as never ended and says why', () => {
    const history = createHistory();
    history.tell(start);

    history.closeAll(300);

    expect(history.run('r')).toMatchObject({
      phase: 'ended',
      level: 'ERROR',
      statusMessage: 'the test is over',
      output: { error: { type: 'NeverEnded', message: 'the test is over', reason: 'never_ended' } },
      metadata: { status: 'error', reason: 'never_ended' },
    });
  });

  it('also ends runs of which only steps were told', () => {
    const history = createHistory();
    history.tell({ type: 'step-start', runId: 'r', stepId: 's', name: 'search', timestamp: 110 });

    history.closeAll(300);

    expect(history.run('r')).toMatchObject({ phase: 'ended', name: 'unnamed-run', startTime: 110 });
    expect(history.step('s')).toMatchObject({ phase: 'ended' });
  });

  it('yields to a real ending that comes before the wire has it', () => {
    const history = createHistory();
    history.tell(start);
    history.closeAll(300);

    history.tell({ ...completed, timestamp: 310 });

    expect(history.run('r')).toMatchObject({ output: 'answer', metadata: { status: 'completed' } });
  });
});
