import { describe, expect, it } from 'vitest';
import { missingFromParent } from '../../mocks/completeness.ts';
import type { FakeLangfuse, FakeTrace } from '../../mocks/fake-langfuse.ts';
import { type Instance, startInstance, writeModes } from './instance.ts';

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
    const report = await lifecycle.flush();
    await clock.advance(2_000);

    expect(report).toEqual({ delivered: 4, pending: 0, dropped: {} });
    expect(await interrupted).toEqual(report);
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
    const report = await lifecycle.flush();

    const [trace, ...others] = fake.traces();
    expect(report).toEqual({ delivered: 1, pending: 0, dropped: {} });
    expect(others).toEqual([]);
    expect(trace && missingFromParent(trace)).toEqual([]);
    expect(trace?.root?.output).toBe('answer');
  });

  it('keeps nothing from being sent at the next tick', async () => {
    const instance = await startInstance(writeMode);
    const { clock, fake, lifecycle } = instance;
    invoke(instance, 'before');

    clock.set(-hourMs);
    invoke(instance, 'after');
    await clock.advance(1_000);
    const report = await lifecycle.flush();

    expect(report).toMatchObject({ delivered: 4, pending: 0 });
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
