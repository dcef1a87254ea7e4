import { describe, expect, it } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import type { FakeLangfuse, FakeTrace } from '../../mocks/fake-langfuse.ts';
import { type FreezableClock, type Instance, startInstance, writeModes } from './instance.ts';

const hourMs = 3_600_000;

function traceOf(fake: FakeLangfuse, sessionId: string): FakeTrace | undefined {
  return fake.traces().find((trace) => trace.sessionId === sessionId);
}

function durationMs({ root }: FakeTrace): number {
  return Date.parse(root?.endTime ?? '') - Date.parse(root?.startTime ?? '');
}

function invoke({ lifecycle }: Instance, conversationId: string): string {
  return lifecycle.run({ name: 'agent', input: 'question', conversationId }, (run) =>
    run.step({ kind: 'tool', name: 'search' }, () => 'found'),
  );
}

describe.each(writeModes)('a process that is frozen, on a server in write mode %s', (writeMode) => {
  it('sends what waited with the next flush, at the times when it happened', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    const frozenAt = clock.now();
    invoke(instance, 'before');

    clock.set(6 * hourMs);
    invoke(instance, 'after');
    const report = await lifecycle.flush();

    expect(report).toEqual({ delivered: 4, pending: 0, dropped: {} });
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
    expect(Date.parse(traceOf(fake, 'before')?.root?.endTime ?? '')).toBe(frozenAt);
    expect(Date.parse(traceOf(fake, 'after')?.root?.endTime ?? '')).toBe(frozenAt + 6 * hourMs);
    expect(clock.scheduled).toBe(0);
  });

  it('sends what waited by itself when nobody flushes and its timers go on', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    invoke(instance, 'before');

    clock.set(6 * hourMs);
    await clock.advance(1_000);
    const report = await lifecycle.flush();

    expect(report).toEqual({ delivered: 2, pending: 0, dropped: {} });
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
  });

  it('goes on with a run that was open', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    const run = lifecycle.startRun({ name: 'agent', input: 'question', conversationId: 'long' });
    await lifecycle.flush();

    clock.set(6 * hourMs);
    run.complete('answer');
    await lifecycle.flush();

    const [trace, ...others] = fake.traces();
    expect(others).toEqual([]);
    expect(trace && missingFromParent(trace)).toEqual([]);
    expect(trace && durationMs(trace)).toBe(6 * hourMs);
  });

  it('makes a request again that broke while it was frozen', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    fake.fault({ type: 'reset', afterBytes: 0, on: 'everything' });
    invoke(instance, 'before');
    const interrupted = lifecycle.flush({ timeoutMs: 2_000 });
    await untilAsked(fake);

    clock.set(6 * hourMs);
    invoke(instance, 'after');
    const report = await advanceUntil(clock, lifecycle.flush());
    await advanceUntil(clock, interrupted);

    expect(report).toEqual({ delivered: 4, pending: 0, dropped: {} });
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
    expect(clock.scheduled).toBe(0);
  });
});

describe.each(writeModes)('a clock that goes back, on a server in write mode %s', (writeMode) => {
  it('leaves complete parents that end no earlier than they start', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    const run = lifecycle.startRun({ name: 'agent', input: 'question' });
    const step = run.startStep({ kind: 'tool', name: 'search' });

    clock.set(-hourMs);
    step.complete('found');
    run.step({ kind: 'tool', name: 'later' }, () => 'found');
    run.complete('answer');
    const report = await lifecycle.flush();

    const [trace] = fake.traces();
    expect(report).toEqual({ delivered: 3, pending: 0, dropped: {} });
    expect(trace && missingFromParent(trace)).toEqual([]);
    expect(trace?.observations.filter(endsBeforeItStarts)).toEqual([]);
    expect(clock.scheduled).toBe(0);
  });

  it('completes a run that was shown open before', async () => {
    const { clock, fake, lifecycle } = await startInstance(writeMode);
    const run = lifecycle.startRun({ name: 'agent', input: 'question' });
    await lifecycle.flush();

    clock.set(-hourMs);
    run.complete('answer');
    const report = await advanceUntil(clock, lifecycle.flush());

    const [trace, ...others] = fake.traces();
    expect(report).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(others).toEqual([]);
    expect(trace && missingFromParent(trace)).toEqual([]);
    expect(trace?.root?.output).toBe('answer');
  });

  it('does not make the pause after a failure longer', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    fake.fault({ type: 'status', status: 503, on: 'everything' });
    invoke(instance, 'before');
    await advanceUntil(clock, lifecycle.flush({ timeoutMs: 10 }));

    clock.set(-hourMs);
    const report = await advanceUntil(clock, lifecycle.flush());

    expect(report).toEqual({ delivered: 2, pending: 0, dropped: {} });
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
  });

  it('keeps nothing from being sent by itself', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    invoke(instance, 'before');
    await lifecycle.flush();

    clock.set(-hourMs);
    invoke(instance, 'after');
    for (let ms = 0; ms < 5_000 && fake.traces().length < 2; ms += 1) await clock.advance(1);

    expect(fake.traces().map(({ sessionId }) => sessionId)).toContain('after');
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
  });
});

function endsBeforeItStarts({ startTime, endTime }: FakeTrace['observations'][number]): boolean {
  return endTime === null || Date.parse(endTime) < Date.parse(startTime);
}

/** Waits until the first request has come, and its answer has not. */
async function untilAsked(fake: FakeLangfuse): Promise<void> {
  while (fake.requests.length === 0) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Lets time pass, a millisecond at each turn of the event loop, until the promise has settled. */
async function advanceUntil<T>(clock: FreezableClock, promise: Promise<T>): Promise<T> {
  const seen = { isSettled: false };
  const settled = promise.finally(() => {
    seen.isSettled = true;
  });
  while (!seen.isSettled) await clock.advance(1);
  return settled;
}
