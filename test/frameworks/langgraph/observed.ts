import { lifecycleHandler, type LifecycleHandler } from '../../../adapters/langgraph/index.ts';
import {
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleOptions,
  type LifecycleRecord,
  type MemorySink,
  memorySink,
} from '../../../src/index.ts';

/** A lifecycle over memory, with its handler. */
export interface Observed {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly handler: LifecycleHandler;
  readonly callbacks: [LifecycleHandler];
  readonly diagnostics: readonly Diagnostic[];
  /** The last record of that name. */
  readonly record: (name: string) => LifecycleRecord | undefined;
  /** The names from the run down to the record. */
  readonly path: (name: string) => readonly string[];
}

export function observed(options: Partial<LifecycleOptions> = {}): Observed {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    interruption: false,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  const handler = lifecycleHandler(lifecycle);
  const record = (name: string) => sink.records.findLast((row) => row.name === name);
  return {
    lifecycle,
    sink,
    handler,
    callbacks: [handler],
    diagnostics,
    record,
    path(name) {
      const names: string[] = [];
      let row = record(name);
      while (row !== undefined) {
        names.unshift(row.name);
        const { parentId } = row;
        row = sink.records.findLast(({ id }) => id === parentId);
      }
      return names;
    },
  };
}
