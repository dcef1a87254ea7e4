import { describe, expect, it } from 'vitest';

import { observedLifecycle } from '../../observed-lifecycle.ts';
import { mathServer, secretKey } from './claude.ts';
import { replayed, telling } from './observed.ts';

describe('what is never recorded', () => {
  it('are keys, headers, folders and where the key came from', async () => {
    const records = await replayed('tool', {
      env: { OTHER_TOKEN: 'other-secret-value' },
      mcpServers: {
        ...mathServer().mcpServers,
        remote: {
          type: 'http',
          url: 'http://127.0.0.1:9/mcp',
          headers: { Authorization: 'Bearer remote-secret' },
        },
      },
    });

    const all = JSON.stringify(records);
    expect(records.length).toBeGreaterThan(3);
    for (const secret of [secretKey, 'other-secret-value', 'remote-secret', '127.0.0.1:9']) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toContain('ANTHROPIC_API_KEY');
    expect(all).not.toContain('/home/user/project');
  });
});

describe('messages of any form', () => {
  it('reach the reader as they are, and hurt nobody', async () => {
    const { lifecycle, parent } = observedLifecycle();
    const trap = new Proxy(
      {},
      {
        get(_target, key) {
          // Who yields it looks whether it is a promise.
          if (key === 'then') return undefined;
          throw new Error('do not touch');
        },
      },
    );
    const messages = [
      null,
      7,
      'text',
      trap,
      {},
      { type: 'assistant' },
      { type: 'assistant', message: { id: 7, content: trap } },
      { type: 'user', message: { content: [trap, null, { type: 'tool_result' }] } },
      { type: 'stream_event', event: trap },
      { type: 'system', subtype: 'task_notification' },
      { type: 'result', subtype: 'success', result: 'ok', modelUsage: trap },
    ];

    const seen: unknown[] = [];
    for await (const message of telling(lifecycle, messages)) seen.push(message);

    expect(seen).toHaveLength(messages.length);
    for (const [index, message] of seen.entries()) expect(message).toBe(messages[index]);
    expect(await parent()).toMatchObject({ input: 'hi', output: 'ok' });
  });
});
