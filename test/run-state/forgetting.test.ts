import { describe, expect, it } from 'vitest';

import type { LifecycleEvent } from '../../src/index.ts';
import type { RunState } from '../../src/lifecycle-state.ts';
import { createRunRegistry, type RunRegistry } from '../../src/run-registry.ts';

const remembered = 10;

function createRegistry(): RunRegistry {
  return createRunRegistry({ endedRuns: remembered, parkedEvents: 100 }, () => {
    throw new Error('no test parks that many events');
  });
}

/** Applies the event, and says that the wire has every ending that follows. */
function tell(registry: RunRegistry, event: LifecycleEvent): void {
  for (const { records = [] } of registry.apply({ event, size: 1 })) {
    for (const record of records) registry.handOver(record);
  }
}

function runIds(prefix: string): readonly string[] {
  return Array.from({ length: remembered * 3 }, (_none, at) => `${prefix}-${at}`);
}

const end = { type: 'run-end', timestamp: 200, status: 'completed' } as const;

describe('runs whose ending the wire has', () => {
  it('are forgotten when there are newer ones, with the runs inside of them', () => {
    const registry = createRegistry();
    const start = { type: 'run-start', timestamp: 100, name: 'agent' } as const;
    const outer = runIds('outer');

    for (const runId of outer) {
      const inner = `inner of ${runId}`;
      tell(registry, { ...start, runId });
      tell(registry, { ...start, runId: inner, parentRunId: runId });
      tell(registry, { ...end, runId: inner });
      tell(registry, { ...end, runId });
    }

    const kept = outer.slice(-remembered);
    expect(outer.filter((runId) => registry.run(runId) !== undefined)).toEqual(kept);
    expect(outer.filter((runId) => registry.run(`inner of ${runId}`) !== undefined)).toEqual(kept);
  });

  it('are forgotten too when the run around them is in another process', () => {
    const registry = createRegistry();
    const inner = runIds('inner');

    for (const runId of inner) {
      registry.apply({
        event: { type: 'run-adopt', runId, timestamp: 100, run: innerRun(runId) },
        size: 1,
      });
      tell(registry, { ...end, runId });
    }

    expect(inner.filter((runId) => registry.run(runId) !== undefined)).toEqual(
      inner.slice(-remembered),
    );
  });
});

function innerRun(runId: string): RunState {
  return {
    runId,
    spanId: '1111111111111111',
    parent: { runId: `around ${runId}`, spanId: '2222222222222222', rootRunId: `around ${runId}` },
    trace: { traceId: '3'.repeat(32), name: 'agent' },
    kind: 'agent',
    name: 'agent',
    startTime: 100,
    start: 'told',
    metadata: {},
    conversationSource: 'missing',
    conversationConflict: [],
    size: 1,
  };
}
