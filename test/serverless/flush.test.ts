import { describe, expect, it } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import { startInstance, writeModes } from './instance.ts';

describe.each(writeModes)('flush() at the end of an invocation, write mode %s', (writeMode) => {
  it('leaves nothing waiting and no timer', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    lifecycle.run({ name: 'agent', input: 'question' }, () => 'answer');
    lifecycle.startRun({ name: 'open', input: 'question' });
    lifecycle.emit({ type: 'run-end', runId: 'unheard', status: 'completed', output: 'answer' });

    const report = await lifecycle.flush();

    expect(report).toEqual({ delivered: 2, pending: 0, dropped: {} });
    expect(clock.scheduled).toBe(0);
    expect(fake.traces()).toHaveLength(3);
  });

  it('leaves no timer when traces are sampled', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode, {
      sampling: { rate: 0, keep: { errors: true } },
    });
    lifecycle.run({ name: 'fine', input: 'question' }, () => 'answer');
    lifecycle.startRun({ name: 'failed', input: 'question' }).fail(new Error('no model'));

    const report = await lifecycle.flush();

    expect(report).toMatchObject({ pending: 0, sampling: { kept: 1, sampledOut: 1 } });
    expect(clock.scheduled).toBe(0);
    expect(fake.traces().map(({ name }) => name)).toEqual(['failed']);
  });

  it('costs nothing when nothing waits', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);

    const report = await lifecycle.flush();

    expect(report).toEqual({ delivered: 0, pending: 0, dropped: {} });
    expect(fake.requests).toEqual([]);
    expect(clock.scheduled).toBe(0);
  });

  it.each([
    ['answers 503', { type: 'status', status: 503, times: Infinity, on: 'everything' }],
    ['does not answer', { type: 'hang', times: Infinity, on: 'everything' }],
  ] as const)('resolves in its time when Langfuse %s, and loses nothing', async (_title, fault) => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    lifecycle.run({ name: 'agent', input: 'question' }, () => 'answer');
    fake.fault(fault);
    const startedAt = clock.now();

    const flushed = lifecycle.flush({ timeoutMs: 1_500 });
    await clock.advance(1_500);
    const report = await flushed;

    expect(report).toEqual({ delivered: 0, pending: 1, dropped: {} });
    expect(clock.now() - startedAt).toBe(1_500);
  });

  it('delivers in a later invocation what an earlier one could not', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    fake.fault({ type: 'status', status: 503, times: Infinity, on: 'everything' });
    lifecycle.run({ name: 'agent', input: 'first' }, () => 'answer');
    const early = lifecycle.flush({ timeoutMs: 1_000 });
    await clock.advance(1_000);
    const away = await early;
    fake.reset();

    clock.set(3_600_000);
    lifecycle.run({ name: 'agent', input: 'second' }, () => 'answer');
    const back = await lifecycle.flush();

    expect(away).toMatchObject({ delivered: 0, pending: 1 });
    expect(back).toEqual({ delivered: 2, pending: 0, dropped: {} });
    expect(fake.traces().map(({ input }) => input)).toEqual(
      expect.arrayContaining(['first', 'second']),
    );
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
    expect(clock.scheduled).toBe(0);
  });
});
