import * as claude from '@anthropic-ai/claude-agent-sdk';
import { describe, expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/claude-agent/index.ts';
import { ConfigError, type Lifecycle } from '../../../adapters/index.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { queryWith, replaying } from './claude.ts';

describe('the function that comes back', () => {
  it('has the type of the one that went in, and the SDK has that form', () => {
    const { lifecycle } = observedLifecycle();

    const query = withLifecycle(claude.query, lifecycle) satisfies typeof claude.query;

    expect(query).toHaveLength(claude.query.length);
    expect(query.name).toBe(claude.query.name);
  });

  it('is the very same when nothing is recorded', () => {
    const { lifecycle } = observedLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
    });

    expect(withLifecycle(claude.query, lifecycle)).toBe(claude.query);
  });

  it('is not made of something else', () => {
    const { lifecycle } = observedLifecycle();

    expect(() => withLifecycle(undefined as unknown as typeof claude.query, lifecycle)).toThrow(
      ConfigError,
    );
    expect(() => withLifecycle(claude.query, {} as Lifecycle)).toThrow(ConfigError);
    expect(() => withLifecycle(claude.query, lifecycle, null as unknown as object)).toThrow(
      'options: expected an object, received null.',
    );
  });
});

describe('a query of the SDK', () => {
  it('keeps its methods, which have private fields', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const query = queryWith(lifecycle)({ prompt: 'go', options: replaying('break') });

    await query.setModel('claude-haiku-5-5');
    await query.setPermissionMode('plan');
    const commands = await query.supportedCommands();
    const first = await query.next();
    query.close();

    expect(commands).toEqual([]);
    expect(first.value).toMatchObject({ type: 'system', subtype: 'init' });
    expect(await parent()).toMatchObject({ metadata: { reason: 'aborted' } });
  });

  it('starts its process when it is made, and not when it is read', () => {
    const { lifecycle } = observedLifecycle();
    const order: string[] = [];
    const start = (query: typeof claude.query): claude.Query => {
      const made = query({
        prompt: 'say hello',
        options: {
          ...replaying('success'),
          spawnClaudeCodeProcess: () => {
            order.push('started');
            throw new Error('enough is known');
          },
        },
      });
      order.push('made');
      return made;
    };

    for (const query of [claude.query, queryWith(lifecycle)]) {
      try {
        start(query);
      } catch {
        order.push('threw');
      }
    }

    expect(order.slice(0, 2)).toEqual(order.slice(2));
    expect(order[0]).toBe('started');
  });

  it('is closed by `await using`', async () => {
    const { lifecycle, parent } = observedLifecycle();

    {
      await using query = queryWith(lifecycle)({ prompt: 'hi', options: replaying('break') });
      await query.next();
    }

    expect(await parent()).toMatchObject({
      statusMessage: 'the query was closed',
      metadata: { reason: 'aborted' },
    });
  });
});
