import { createHash } from 'node:crypto';
import type { LifecycleRecord } from '../../src/index.ts';

/** The trace id of a number: spread like random ones, and the same in every test run. */
export function traceIdOf(seed: number): string {
  return createHash('sha256').update(`trace ${seed}`).digest('hex').slice(0, 32);
}

const facts = {
  trace: { traceId: traceIdOf(0), name: 'agent' },
  kind: 'agent',
  startTime: 1_000,
  level: 'DEFAULT',
  metadata: {},
  size: 100,
} as const;

type Overrides = Partial<Omit<LifecycleRecord, 'phase'>> & {
  readonly traceId?: string;
  readonly endTime?: number;
};

function record(
  base: { readonly role: LifecycleRecord['role']; readonly id: string },
  overrides: Overrides,
): LifecycleRecord {
  const { traceId = facts.trace.traceId, endTime, ...rest } = overrides;
  const shared = {
    ...facts,
    runId: traceId,
    name: base.id,
    ...base,
    ...rest,
    trace: { traceId, name: 'agent' },
  };
  return endTime === undefined
    ? { ...shared, phase: 'open' }
    : { ...shared, phase: 'ended', endTime };
}

export function parent(overrides: Overrides = {}): LifecycleRecord {
  return record({ role: 'parent', id: 'agent' }, overrides);
}

export function step(id: string, overrides: Overrides = {}): LifecycleRecord {
  return record({ role: 'step', id }, overrides);
}

export function childRun(id: string, overrides: Overrides = {}): LifecycleRecord {
  return record({ role: 'child-run', id }, overrides);
}
