import { describe, expect, it } from 'vitest';

import { observedLifecycle } from '../../observed-lifecycle.ts';
import { mathServer, queryWith, read, replaying } from './claude.ts';
import { named, parentOf } from './observed.ts';

describe('runs and queries inside each other', () => {
  it('make a query inside a run its child', async () => {
    const { lifecycle, ended } = observedLifecycle();
    const query = queryWith(lifecycle);

    await lifecycle.run({ name: 'outer', conversationId: 'c' }, () =>
      read(query({ prompt: 'hi', options: replaying('success') })),
    );

    const all = await ended();
    expect(named(all, 'claude-agent')).toMatchObject({
      role: 'child-run',
      parentId: parentOf(all)?.id,
      trace: { conversationId: 'c', name: 'outer' },
      output: 'Hello there, human being.',
    });
  });

  it('make a run and a query inside an in-process tool children of the query', async () => {
    const { lifecycle, ended } = observedLifecycle();
    const query = queryWith(lifecycle);
    const add = async (one: number, other: number): Promise<number> => {
      await read(query({ prompt: 'inner', options: replaying('success') }));
      return lifecycle.run({ name: 'calculator' }, () => one + other);
    };

    await read(query({ prompt: 'outer', options: replaying('tool', mathServer(add)) }));

    const all = await ended();
    const outer = parentOf(all);
    expect(outer?.input).toBe('outer');
    expect(all.filter(({ role }) => role === 'child-run')).toMatchObject([
      { name: 'claude-agent', input: 'inner', parentId: outer?.id },
      { name: 'calculator', output: 5, parentId: outer?.id },
    ]);
  });

  it('let a hook find the run of its query', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const query = queryWith(lifecycle);
    const hook = async (): Promise<object> => {
      lifecycle.currentRun()?.update({ metadata: { seen_by: 'hook' } });
      return {};
    };
    const hooks = { PreToolUse: [{ hooks: [hook] }] };

    await read(
      query({ prompt: 'hi', options: replaying('hook-stops', { ...mathServer(), hooks }) }),
    );

    expect((await parent())?.metadata).toMatchObject({ seen_by: 'hook' });
  });
});
