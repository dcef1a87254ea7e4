import {
  createLifecycle,
  type Diagnostic,
  type EndedRecord,
  type Lifecycle,
  type LifecycleOptions,
  type MemorySink,
  memorySink,
} from '../../src/index.ts';

/** A lifecycle over a memory sink. */
export interface Streaming {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  readonly diagnostics: Diagnostic[];
  /** The first ended parent, once everything was sent. */
  readonly parent: () => Promise<EndedRecord | undefined>;
}

export function streaming(options: Partial<LifecycleOptions> = {}): Streaming {
  const sink = memorySink();
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return {
    lifecycle,
    sink,
    diagnostics,
    async parent() {
      await lifecycle.flush();
      return sink.parents[0];
    },
  };
}

/** Everything that an iterable gives. */
export async function collect<T>(iterable: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** How many microtask turns pass until `promise` has settled. */
export async function turnsUntilSettled(promise: Promise<unknown>): Promise<number> {
  const seen = { isSettled: false };
  const settle = (): void => {
    seen.isSettled = true;
  };
  promise.then(settle, settle);
  let turns = 0;
  while (!seen.isSettled && turns < 100) {
    await Promise.resolve();
    turns += 1;
  }
  return turns;
}
