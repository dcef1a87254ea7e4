import {
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleRecord,
  type MemorySink,
  memorySink,
} from '../../../src/index.ts';

/** A lifecycle whose records and diagnostics can be looked at. */
export interface Traced {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: readonly Diagnostic[];
  /** The newest record of every step and run with this name. */
  readonly records: (name: string) => Promise<readonly LifecycleRecord[]>;
  readonly parent: () => Promise<LifecycleRecord | undefined>;
}

/** Makes one. */
export function traced(): Traced {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    limits: { flushIntervalMs: 1 },
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  return {
    lifecycle,
    sink,
    diagnostics,
    async records(name) {
      await lifecycle.flush();
      return sink.records.filter((record) => record.name === name && record.phase === 'ended');
    },
    async parent() {
      await lifecycle.flush();
      return sink.parents[0];
    },
  };
}
