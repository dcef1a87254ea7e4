import { lifecycleHandler, type LifecycleHandler } from '../../../adapters/langgraph/index.ts';
import type { LifecycleOptions, LifecycleRecord } from '../../../src/index.ts';
import { type Observed, observedLifecycle } from '../../observed-lifecycle.ts';

/** A lifecycle over memory, with its handler. */
export interface ObservedHandler extends Observed {
  readonly handler: LifecycleHandler;
  readonly callbacks: [LifecycleHandler];
  /** The last record of that name. */
  readonly record: (name: string) => LifecycleRecord | undefined;
  /** The names from the run down to the record. */
  readonly path: (name: string) => readonly string[];
}

export function observed(options: Partial<LifecycleOptions> = {}): ObservedHandler {
  const base = observedLifecycle(options);
  const { sink } = base;
  const handler = lifecycleHandler(base.lifecycle);
  const record = (name: string) => sink.records.findLast((row) => row.name === name);
  return {
    ...base,
    handler,
    callbacks: [handler],
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
