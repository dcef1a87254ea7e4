import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/index.ts';
import { createSampler, type KeepRules, type SamplingOptions } from '../../src/sampling.ts';
import { createSamplingGate, type SamplingGate } from '../../src/sampling-gate.ts';
import type { Waiting } from '../../src/waiting-records.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import { childRun, parent, step, traceIdOf } from './records.ts';

interface Bench {
  readonly gate: SamplingGate;
  readonly clock: ManualClock;
  readonly sent: Waiting[];
  readonly droppedIds: string[];
  readonly diagnostics: Diagnostic[];
}

function bench(sampling: SamplingOptions, maxBytes = 100_000): Bench {
  const clock = createManualClock();
  const sent: Waiting[] = [];
  const droppedIds: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const gate = createSamplingGate(
    {
      sampler: createSampler(sampling),
      clock,
      diagnose: (diagnostic) => diagnostics.push(diagnostic),
      enqueue: (record) => sent.push(record),
      onSampledOut: (record) => droppedIds.push(record.id),
    },
    { maxBytes, settleMs: 1_000 },
  );
  return { gate, clock, sent, droppedIds, diagnostics };
}

function labels(records: readonly Waiting[]): readonly string[] {
  return records.map(({ id, phase }) => `${id}:${phase}`);
}

const failed = { level: 'ERROR', endTime: 2_000 } as const;
const done = { endTime: 2_000 } as const;

describe('a trace that is sampled', () => {
  it('passes at once and counts once', () => {
    const { gate, sent } = bench({ rate: 1 });

    for (const record of [parent(), step('tool'), step('tool', done), parent(done)])
      gate.offer(record);

    expect(labels(sent)).toEqual(['agent:open', 'tool:open', 'tool:ended', 'agent:ended']);
    expect(gate.counts()).toEqual({ kept: 1, sampledOut: 0 });
  });
});

describe('a trace that is not sampled', () => {
  it('is dropped when its run has ended and no second ending came', async () => {
    const { gate, clock, sent, droppedIds } = bench({ rate: 0 });

    for (const record of [parent(), step('tool'), step('tool', done), parent(done)])
      gate.offer(record);
    const droppedBefore = [...droppedIds];
    await clock.advance(1_000);

    expect(droppedBefore).toEqual([]);
    expect(droppedIds).toEqual(['tool', 'agent']);
    expect(sent).toEqual([]);
    expect(gate.counts()).toEqual({ kept: 0, sampledOut: 1 });
    expect(clock.scheduled).toBe(0);
  });

  it('is held as a whole and sent as a whole when its end meets a rule', async () => {
    const { gate, clock, sent } = bench({ rate: 0, keep: { errors: true } });

    for (const record of [parent(), step('tool'), step('tool', done), step('open')])
      gate.offer(record);
    await clock.advance(60_000);
    const sentBefore = [...sent];
    gate.offer(parent(failed));

    expect(sentBefore).toEqual([]);
    expect(labels(sent)).toEqual(['agent:open', 'tool:ended', 'open:open', 'agent:ended']);
    expect(gate.counts()).toEqual({ kept: 1, sampledOut: 0 });
  });

  it('is sent when a more severe ending follows within the time', async () => {
    const { gate, clock, sent } = bench({ rate: 0, keep: { errors: true } });

    gate.offer(parent(done));
    await clock.advance(500);
    gate.offer(parent(failed));
    await clock.advance(1_000);

    expect(sent.at(-1)).toMatchObject({ level: 'ERROR' });
    expect(gate.counts()).toEqual({ kept: 1, sampledOut: 0 });
  });

  it('goes on at once from the moment at which a rule is met', () => {
    const { gate, sent } = bench({ rate: 0, keep: { errors: true } });

    for (const record of [parent(), childRun('inner', failed), step('later', done), parent(done)])
      gate.offer(record);

    expect(labels(sent)).toEqual(['agent:open', 'inner:ended', 'later:ended', 'agent:ended']);
  });

  it('of a name that is kept is seen from its start', () => {
    const { gate, sent } = bench({ rate: 0, keep: { names: ['agent'] } });

    gate.offer(parent());

    expect(labels(sent)).toEqual(['agent:open']);
  });

  it('is decided by its id alone when it goes on in another process', () => {
    const { gate, sent, droppedIds } = bench({ rate: 0, keep: { errors: true } });

    for (const record of [parent(), step('tool', done)]) gate.offer(record);
    gate.decideById(traceIdOf(0));
    gate.offer(parent(failed));

    expect(sent).toEqual([]);
    expect(droppedIds).toEqual(['tool', 'agent']);
    expect(gate.counts()).toEqual({ kept: 0, sampledOut: 1 });
  });

  it('stays dropped when something of it comes late', async () => {
    const { gate, clock, sent } = bench({ rate: 0, keep: { errors: true } });

    gate.offer(parent(done));
    await clock.advance(1_000);
    gate.offer(childRun('late', failed));

    expect(sent).toEqual([]);
    expect(gate.counts()).toEqual({ kept: 0, sampledOut: 1 });
  });
});

describe('flush and shutdown', () => {
  it('settle decides what has ended, close decides everything', () => {
    const { gate, clock } = bench({ rate: 0, keep: { errors: true } });
    gate.offer(parent(done));
    gate.offer(parent({ traceId: traceIdOf(1) }));

    gate.settle();
    const settled = gate.counts();
    gate.close();

    expect(settled).toEqual({ kept: 0, sampledOut: 1 });
    expect(gate.counts()).toEqual({ kept: 0, sampledOut: 2 });
    expect(clock.scheduled).toBe(0);
  });
});

describe('the bound', () => {
  it('decides the oldest traces by their id and says so once', () => {
    const { gate, sent, diagnostics } = bench({ rate: 0, keep: { errors: true } }, 1_000);

    for (let seed = 0; seed < 20; seed += 1) gate.offer(parent({ traceId: traceIdOf(seed) }));
    gate.offer(parent({ traceId: traceIdOf(0), ...failed }));
    gate.offer(parent({ traceId: traceIdOf(19), ...failed }));

    expect(sent.map(({ trace }) => trace.traceId)).toEqual([traceIdOf(19), traceIdOf(19)]);
    expect(gate.counts()).toEqual({ kept: 1, sampledOut: 10 });
    expect(diagnostics).toMatchObject([
      { code: 'memory_limit', message: expect.stringContaining('Raise sampling.rate') },
    ]);
  });

  it('counts what a newer record of the same observation weighs, and no more', () => {
    const { gate } = bench({ rate: 0, keep: { errors: true } }, 1_000);

    for (let update = 0; update < 100; update += 1) gate.offer(parent());

    expect(gate.counts()).toEqual({ kept: 0, sampledOut: 0 });
  });
});

describe('any interleaving', () => {
  const keep = fc.record(
    { errors: fc.boolean(), overDurationMs: fc.constantFrom(500, 1_500) },
    { requiredKeys: [] },
  );
  const offers = fc.array(
    fc.record({
      trace: fc.nat(5),
      what: fc.constantFrom(
        'open',
        'step',
        'inner',
        'failed-inner',
        'done',
        'failed',
        'settle',
        'tick',
      ),
    }),
    { maxLength: 60 },
  );

  async function play(
    { gate, clock }: Bench,
    list: readonly { readonly trace: number; readonly what: string }[],
  ) {
    for (const [index, { trace, what }] of list.entries()) {
      const traceId = traceIdOf(trace);
      if (what === 'settle') gate.settle();
      else if (what === 'tick') await clock.advance(1_000);
      else if (what === 'step') gate.offer(step(`step-${index}`, { traceId, ...done }));
      else if (what === 'inner') gate.offer(childRun(`inner-${index}`, { traceId, ...done }));
      else if (what === 'failed-inner')
        gate.offer(childRun(`inner-${index}`, { traceId, ...failed }));
      else
        gate.offer(
          parent({ traceId, ...(what === 'done' && done), ...(what === 'failed' && failed) }),
        );
    }
    gate.close();
  }

  it('never sends half a trace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 0.3, 1),
        keep,
        fc.constantFrom(300, 100_000),
        offers,
        async (rate, rules: KeepRules, maxBytes, list) => {
          const made = bench({ rate, keep: rules }, maxBytes);
          const offered = new Map<string, Set<string>>();
          for (const [index, { trace, what }] of list.entries()) {
            if (what === 'settle' || what === 'tick') continue;
            const id =
              what === 'step'
                ? `step-${index}`
                : what.endsWith('inner')
                  ? `inner-${index}`
                  : 'agent';
            offered.set(traceIdOf(trace), (offered.get(traceIdOf(trace)) ?? new Set()).add(id));
          }

          await play(made, list);

          for (const [traceId, ids] of offered) {
            const sent = new Set(
              made.sent.filter(({ trace }) => trace.traceId === traceId).map(({ id }) => id),
            );
            expect(sent.size === 0 || sent.size === ids.size).toBe(true);
            if (createSampler({ rate }).isSampled(traceId)) expect(sent).toEqual(ids);
          }
          const { kept, sampledOut } = made.gate.counts();
          expect(kept + sampledOut).toBe(offered.size);
        },
      ),
      { numRuns: 300 },
    );
  });
});
