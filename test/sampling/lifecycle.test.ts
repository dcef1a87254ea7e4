import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  createLifecycle,
  type Lifecycle,
  type MemorySink,
  memorySink,
  type SamplingOptions,
} from '../../src/index.ts';

function sampled(sampling: SamplingOptions): {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
} {
  const sink = memorySink();
  return { lifecycle: createLifecycle({ sink, sampling }), sink };
}

describe('sampling', () => {
  it('sends all of a trace or nothing, inner runs included, and reports both', async () => {
    const { lifecycle, sink } = sampled({ rate: 0.5 });

    for (let call = 0; call < 100; call += 1) {
      lifecycle.run({ name: 'outer' }, (run) => {
        run.step({ name: 'tool' }, () => 'value');
        lifecycle.run({ name: 'inner' }, () => 'value');
      });
    }
    const report = await lifecycle.flush();

    const { kept = 0, sampledOut = 0 } = report.sampling ?? {};
    expect(kept + sampledOut).toBe(100);
    expect(kept).toBeGreaterThan(20);
    expect(sampledOut).toBeGreaterThan(20);
    expect(sink.parents).toHaveLength(kept);
    expect(sink.parents.every((parent) => sink.childrenOf(parent).length === 2)).toBe(true);
    expect(report).toMatchObject({ delivered: 3 * kept, pending: 0, dropped: {} });
  });

  it('keeps every failure with all its steps, also one that is reported after a success', async () => {
    const { lifecycle, sink } = sampled({ rate: 0, keep: { errors: true } });

    lifecycle.run({ name: 'fine' }, () => 'value');
    lifecycle.run({ name: 'failing', input: 'question' }, (run) => {
      run.step({ name: 'tool' }, () => 'value');
      run.fail(new Error('boom'));
    });
    const twice = lifecycle.startRun({ name: 'twice' });
    twice.complete('value');
    twice.fail(new Error('invalid after all'));
    const report = await lifecycle.flush();

    expect(sink.parents.map(({ name }) => name)).toEqual(['failing', 'twice']);
    expect(sink.parents[0]).toMatchObject({
      input: 'question',
      output: { error: { message: 'boom' } },
    });
    expect(sink.records.map(({ name }) => name)).toContain('tool');
    expect(report).toMatchObject({ sampling: { kept: 2, sampledOut: 1 }, dropped: {} });
  });

  it('keeps a run that was never ended when failures are kept', async () => {
    const { lifecycle, sink } = sampled({ rate: 0, keep: { errors: true } });
    lifecycle.startRun({ name: 'open' });

    const report = await lifecycle.shutdown();

    expect(sink.parents).toMatchObject([{ metadata: { reason: 'never_ended' } }]);
    expect(report.sampling).toEqual({ kept: 1, sampledOut: 0 });
  });

  it('does not count a second ending of a run that was sampled out as a loss', async () => {
    const { lifecycle } = sampled({ rate: 0 });
    const run = lifecycle.startRun({ name: 'agent' });

    run.complete('value');
    run.fail(new Error('late'));
    const report = await lifecycle.flush();

    expect(report).toEqual({
      delivered: 0,
      pending: 0,
      dropped: {},
      sampling: { kept: 0, sampledOut: 1 },
    });
  });

  it('is not reported when it is not asked for', async () => {
    const lifecycle = createLifecycle({ sink: memorySink() });

    expect(await lifecycle.flush()).not.toHaveProperty('sampling');
  });

  it('refuses a rate that cannot be', () => {
    expect(() => sampled({ rate: 2 })).toThrow(ConfigError);
  });
});
