import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LifecycleEvent, LifecycleRecord } from '../../src/index.ts';
import { severity } from '../../src/ending.ts';
import { createHistory, type History } from './history.ts';
import { mangled, reordered, streams } from './stream.ts';

const closingTime = 1_000_000;

describe('any shuffle, repetition and truncation of a valid stream', () => {
  it('leaves one complete parent per run that anything was told of', () => {
    fc.assert(
      fc.property(streams.chain(mangled), (events) => {
        const history = told(events);

        for (const runId of runIdsOf(events)) expectComplete(history.run(runId), runId);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves every observation ended, and none after what is around it', () => {
    fc.assert(
      fc.property(streams.chain(mangled), (events) => {
        const history = told(events);
        const byId = new Map(
          history.latest().map((record) => [`${record.trace.traceId}/${record.id}`, record]),
        );

        for (const record of history.latest()) {
          const run =
            record.role === 'step'
              ? history.run(record.runId)
              : byId.get(`${record.trace.traceId}/${record.parentId}`);
          expect(record.phase).toBe('ended');
          expect(endOf(record)).toBeGreaterThanOrEqual(record.startTime);
          if (run !== undefined && record.startTime <= endOf(run))
            expect(endOf(record)).toBeLessThanOrEqual(endOf(run));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives each run the most severe of the endings that were told', () => {
    fc.assert(
      fc.property(streams.chain(mangled), (events) => {
        const history = told(events);

        for (const runId of runIdsOf(events)) {
          const weights = events.flatMap((event) =>
            event.type === 'run-end' && event.runId === runId ? [weightOf(event)] : [],
          );
          if (weights.length > 0)
            expect(recordedWeight(history.run(runId))).toBe(Math.max(...weights));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never writes an observation again once the wire has its ending', () => {
    fc.assert(
      fc.property(streams.chain(mangled), fc.nat(40), (events, at) => {
        const history = createHistory();
        history.tell(...events.slice(0, at));
        const ended = new Set(
          history
            .latest()
            .filter(({ phase }) => phase === 'ended')
            .map(keyOf),
        );
        history.handOver();
        const before = history.all.length;

        history.tell(...events.slice(at));
        history.closeAll(closingTime);

        for (const record of history.all.slice(before)) expect(ended).not.toContain(keyOf(record));
      }),
      { numRuns: 500 },
    );
  });
});

describe('any order of a whole stream', () => {
  it('leaves the same observations as the order in which it happened', () => {
    fc.assert(
      fc.property(
        streams.chain((events) => fc.tuple(fc.constant(events), reordered(events))),
        ([events, order]) => {
          expect(summary(told(order))).toEqual(summary(told(events)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

function told(events: readonly LifecycleEvent[]): History {
  const history = createHistory();
  history.tell(...events);
  history.closeAll(closingTime);
  return history;
}

function runIdsOf(events: readonly LifecycleEvent[]): ReadonlySet<string> {
  return new Set(events.map(({ runId }) => runId));
}

function expectComplete(record: LifecycleRecord | undefined, runId: string): void {
  expect(record, runId).toMatchObject({ phase: 'ended', name: expect.stringMatching(/\S/) });
  expect(record?.trace.name).toMatch(/\S/);
  expect(record?.input).toBeDefined();
  expect(record?.output).toBeDefined();
  expect(record?.metadata['status']).toMatch(/^(completed|error|suspended)$/);
  expect(record?.metadata['reason']).toMatch(/\S/);
  expect(record?.metadata['conversation_id_source']).toMatch(/\S/);
}

function endOf(record: LifecycleRecord): number {
  return record.phase === 'ended' ? record.endTime : Infinity;
}

function weightOf(event: Extract<LifecycleEvent, { type: 'run-end' }>): number {
  if (event.status === 'error')
    return severity({ status: 'error', reason: event.reason ?? 'exception' });
  return severity(
    event.status === 'completed'
      ? { status: 'completed', reason: 'stop' }
      : { status: 'suspended', reason: 'input_required' },
  );
}

function recordedWeight(record: LifecycleRecord | undefined): number {
  const { status, reason } = record?.metadata ?? {};
  return severity({ status, reason } as Parameters<typeof severity>[0]);
}

function keyOf(record: LifecycleRecord): string {
  return `${record.trace.traceId}/${record.id}`;
}

/** What must not depend on the order; among endings that weigh the same the first told one wins, so only weight counts. */
function summary(history: History): unknown {
  return history
    .latest()
    .map((record) => ({
      key: keyOf(record),
      role: record.role,
      parentId: record.parentId,
      name: record.name,
      traceName: record.trace.name,
      conversationId: record.trace.conversationId,
      startTime: record.startTime,
      input: record.input,
      ...(record.role === 'step'
        ? {
            output: record.output,
            level: record.level,
            endTime:
              record.phase === 'ended' && record.metadata['closed_with_run'] !== true
                ? record.endTime
                : undefined,
          }
        : { weight: recordedWeight(record) }),
    }))
    .toSorted((a, b) => a.key.localeCompare(b.key));
}
