import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, TokenError } from '../../src/index.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';
import { observedLifecycle } from '../observed-lifecycle.ts';

describe('a run that is handed over', () => {
  it('is ended by the process that resumed it, with everything that the first one knew', async () => {
    const web = observedLifecycle();
    const worker = observedLifecycle();

    const token = web.lifecycle.run(
      { name: 'agent', input: 'question', conversationId: 'c-1', tags: ['a'] },
      (run) => {
        run.step({ name: 'plan', kind: 'generation' }, () => 'plan');
        return run.token();
      },
    );
    const run = worker.lifecycle.resume(token);
    run.step({ name: 'search', kind: 'tool' }, () => 'hit');
    run.complete('answer');
    await web.lifecycle.shutdown();
    await worker.lifecycle.shutdown();

    expect(web.sink.parents).toEqual([]);
    expect(worker.sink.parents).toMatchObject([
      {
        name: 'agent',
        input: 'question',
        output: 'answer',
        trace: { conversationId: 'c-1', tags: ['a'] },
        metadata: { status: 'completed', conversation_id_source: 'call.conversationId' },
      },
    ]);
    expect(web.sink.records.find(({ name }) => name === 'plan')?.trace.traceId).toBe(run.traceId);
    expect(worker.sink.childrenOf(worker.sink.parents[0] ?? never())).toMatchObject([
      { name: 'search', output: 'hit' },
    ]);
  });

  it('is not ended by the shutdown of the first process, which closes only its own steps', async () => {
    const web = observedLifecycle();
    const run = web.lifecycle.startRun({ name: 'agent' });
    run.startStep({ name: 'plan' });
    run.token();

    run.complete('too late');
    await web.lifecycle.shutdown();

    expect(web.sink.parents).toEqual([]);
    expect(
      web.sink.records.find(({ name, phase }) => name === 'plan' && phase === 'ended'),
    ).toMatchObject({ level: 'WARNING' });
    expect(web.diagnostics).toMatchObject([
      { code: 'late_event', message: expect.stringContaining('another process took it over') },
    ]);
  });

  it('that nobody ends is ended by the shutdown of the process that resumed it', async () => {
    const web = observedLifecycle();
    const worker = observedLifecycle();
    worker.lifecycle.resume(web.lifecycle.startRun({ name: 'agent', input: 'question' }).token());

    await worker.lifecycle.shutdown();

    expect(worker.sink.parents).toMatchObject([
      { input: 'question', metadata: { reason: 'never_ended' } },
    ]);
  });

  it('can be taken back by the process that let it go', async () => {
    const web = observedLifecycle();
    const token = web.lifecycle.startRun({ name: 'agent' }).token();

    web.lifecycle.resume(token).complete('answer');
    await web.lifecycle.shutdown();

    expect(web.sink.parents).toMatchObject([{ output: 'answer' }]);
  });

  it('tells that it is open once, also when it is updated elsewhere', async () => {
    const worker = observedLifecycle();
    const run = worker.lifecycle.resume(
      observedLifecycle().lifecycle.startRun({ name: 'agent' }).token(),
    );

    run.update({ metadata: { stage: 2 } });
    await worker.lifecycle.flush();
    const early = worker.sink.records.length;
    run.complete('answer');
    await worker.lifecycle.shutdown();

    expect(early).toBe(0);
    expect(worker.sink.parents[0]?.metadata).toMatchObject({ stage: 2, status: 'completed' });
  });

  it('that had ended already stays ended', async () => {
    const web = observedLifecycle();
    const worker = observedLifecycle();
    const run = web.lifecycle.startRun({ name: 'agent' });
    run.complete('answer');

    worker.lifecycle.resume(run.token()).complete('another');
    await web.lifecycle.shutdown();
    await worker.lifecycle.shutdown();

    expect(web.sink.parents).toMatchObject([{ output: 'answer' }]);
    expect(worker.sink.records).toEqual([]);
  });

  it('is sanitized in its token', () => {
    const { lifecycle } = observedLifecycle();

    const token = lifecycle
      .startRun({ name: 'agent', input: { password: 'hunter2-hunter2' } })
      .token();

    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).toContain('[redacted]');
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('hunter2');
  });

  it('with a large input has a token of at most 32 KiB, and says what is missing', async () => {
    const worker = observedLifecycle();

    const token = observedLifecycle()
      .lifecycle.startRun({ name: 'agent', input: 'x'.repeat(100_000) })
      .token();
    worker.lifecycle.resume(token).complete('answer');
    await worker.lifecycle.shutdown();

    expect(token.length).toBeLessThanOrEqual(32 * 1024);
    expect(worker.sink.parents[0]?.input).toMatch(
      /^x{4096}… \[truncated 100000 → 4096 chars: too large for a run token\]$/,
    );
  });
});

describe('resume', () => {
  it.each([
    ['nothing', undefined, 'got undefined'],
    ['another text', 'hello', 'got another text of 5 characters'],
    [
      'a token that was cut',
      observedLifecycle().lifecycle.startRun({ name: 'agent' }).token().slice(0, -20),
      'it was cut or changed on its way',
    ],
    ['a token of another version', 'lfrun9.e30', 'starts with lfrun1.'],
    [
      'a token with fields of its own',
      `lfrun1.${Buffer.from('{"type":"open","run":{"runId":"r"}}').toString('base64url')}`,
      'run.spanId',
    ],
    [
      'a token that is too long',
      `lfrun1.${'a'.repeat(40_000)}`,
      'expected at most 32768 characters',
    ],
  ])('refuses %s with a clear error', (_title, token, message) => {
    const { lifecycle } = observedLifecycle();

    const resume = (): unknown => lifecycle.resume(token as string);

    expect(resume).toThrow(TokenError);
    expect(resume).toThrow(message);
  });
});

describe.each(['legacy', 'events_only', 'dual'] as const)(
  'two processes on a server in write mode %s',
  (writeMode) => {
    it('leave one complete parent, also when the run was shown open before', async () => {
      const fake = createFakeLangfuse({ writeMode });
      const server = await serveFakeLangfuse(fake, { port: 0 });
      const connect = (): Lifecycle =>
        createLifecycle({
          interruption: false,
          onDiagnostic: () => {},
          sink: langfuse({
            baseUrl: server.url,
            publicKey: 'pk-lf-local',
            secretKey: 'sk-lf-local',
            dotenv: false,
            env: {},
          }),
        });
      const web = connect();
      const worker = connect();

      const first = web.startRun({ name: 'agent', input: 'question', conversationId: 'c-1' });
      await web.flush();
      first.step({ name: 'plan', kind: 'generation' }, () => 'plan');
      const second = worker.resume(first.token());
      second.update({ tags: ['worker'] });
      await worker.flush();
      second.step({ name: 'search', kind: 'tool' }, () => 'hit');
      second.complete('answer');
      await web.shutdown();
      await worker.shutdown();
      await server.close();

      const [trace, ...others] = fake.traces();
      expect(others).toEqual([]);
      expect(trace).toBeCompleteParent();
      expect(trace).toHaveEndedAs('completed');
      expect(
        trace?.observations
          .filter(({ type }) => type !== 'EVENT')
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(['agent', 'plan', 'search']);
      expect(trace?.observations.filter(({ type }) => type === 'EVENT').length).toBe(
        writeMode === 'legacy' ? 0 : 1,
      );
    });
  },
);

function never(): never {
  throw new Error('no parent');
}
