import { describe, expect, it } from 'vitest';
import type { Run } from '../../src/index.ts';
import {
  clearDefaultLifecycle,
  defaultLifecycle,
  setDefaultLifecycle,
} from '../../src/default-lifecycle.ts';
import { Module } from '../../src/module.ts';
import { traced } from './traced.ts';

class Note extends Module<string, string> {
  forward(input: string, run: Run): string {
    run.update({ metadata: { noted: true } });
    return run.step({ name: 'write' }, (step) => {
      step.update({ output: 'draft' });
      return `${input}!`;
    });
  }
}

describe('the default lifecycle', () => {
  it('is the last one that was set and not cleared', () => {
    const first = traced().lifecycle;
    const second = traced().lifecycle;

    setDefaultLifecycle(first);
    setDefaultLifecycle(second);
    const whileBoth = defaultLifecycle();
    clearDefaultLifecycle(second);
    const afterSecond = defaultLifecycle();
    clearDefaultLifecycle(first);

    expect(whileBoth).toBe(second);
    expect(afterSecond).toBe(first);
    expect(defaultLifecycle()).toBeUndefined();
  });

  it('traces modules that were not given one', async () => {
    const { lifecycle, parent } = traced();
    setDefaultLifecycle(lifecycle);

    new Note().call('hello');
    clearDefaultLifecycle(lifecycle);

    expect(await parent()).toMatchObject({ name: 'Note', output: 'hello!' });
  });

  it('is not needed: without one forward just runs, with a run that does nothing', () => {
    const output = new Note().call('hello');

    expect(defaultLifecycle()).toBeUndefined();
    expect(output).toBe('hello!');
  });
});
