import {
  createLifecycle,
  type Diagnostic,
  type EndedRecord,
  type Lifecycle,
  type LifecycleOptions,
  type MemorySink,
  memorySink,
} from '../src/index.ts';

/** A lifecycle over memory, and what came of it. */
export interface Observed {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: readonly Diagnostic[];
  /** Everything that has ended, after a flush. */
  readonly ended: () => Promise<readonly EndedRecord[]>;
  /** The runs and steps of that name, after a flush. */
  readonly named: (name: string) => Promise<readonly EndedRecord[]>;
  /** The first parent, after a flush. */
  readonly parent: () => Promise<EndedRecord | undefined>;
}

/** Makes one. It lets signals alone: they are the test runner's. */
export function observedLifecycle(options: Partial<LifecycleOptions> = {}): Observed {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    interruption: false,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  const ended = async () => {
    await lifecycle.flush();
    return sink.records.filter((record) => record.phase === 'ended');
  };
  return {
    lifecycle,
    sink,
    diagnostics,
    ended,
    named: async (name) => (await ended()).filter((record) => record.name === name),
    parent: async () => (await ended()).find(({ role }) => role === 'parent'),
  };
}
