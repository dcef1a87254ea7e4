import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runInterrupted } from '../../adapters/cli/demo/interrupted-process.ts';
import {
  type InterruptionName,
  type InterruptionOrder,
  interruptions,
  interruptionsOn,
} from '../../adapters/cli/demo/interruptions.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { type ServedFakeLangfuse, serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

const fake = createFakeLangfuse();
let server: ServedFakeLangfuse;
let env: Record<string, string>;

beforeEach(async () => {
  server = await serveFakeLangfuse(fake);
  env = {
    LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
    LANGFUSE_SECRET_KEY: 'sk-lf-local',
    LANGFUSE_BASE_URL: server.url,
  };
});
afterEach(async () => {
  fake.reset();
  await server.close();
});

function order(interruption: InterruptionName, folder = 'documentation'): InterruptionOrder {
  return {
    interruption,
    documentation: { type: 'folder', folder: new URL(folder, import.meta.url).pathname },
    topic: 'retry',
    thinkingMs: 1,
    conversationId: 'chat-1',
  };
}

describe('interruptionsOn', () => {
  it('leaves the signal out on Windows only', () => {
    expect(interruptionsOn('linux')).toEqual(Object.keys(interruptions));
    expect(interruptionsOn('win32')).toEqual(['process.exit', 'crash']);
  });
});

describe('runInterrupted', () => {
  it.each(interruptionsOn(process.platform))(
    'ends a process by %s in the middle of a run whose start is on the server, and its parent is complete',
    async (name) => {
      const open: unknown[] = [];

      const { exit } = await runInterrupted(order(name), {
        env,
        onReady({ traceId, isDelivered }) {
          const { name: traceName, sessionId, root } = fake.trace(traceId) ?? {};
          open.push({ isDelivered, traceName, sessionId, end: root?.endTime ?? null });
        },
      });

      const [trace] = fake.traces();
      expect(open).toEqual([
        { isDelivered: true, traceName: 'follower', sessionId: 'chat-1', end: null },
      ]);
      expect(trace).toBeCompleteParent();
      expect(trace).toHaveEndedAs('interrupted');
      expect(trace?.root?.statusMessage).toBe(interruptions[name].message);
      expect(exit).toBe(interruptions[name].exit);
    },
  );

  it('tells how a process ended that never came so far, and what it said', async () => {
    const { exit, errors } = await runInterrupted(order('process.exit', 'no-such-folder'), {
      env,
      onReady: () => expect.unreachable('its agent has nothing to search'),
    });

    expect(exit).toBe('exit code 1');
    expect(errors).toContain('Expected a folder with Markdown files');
  });

  it('kills a process that does not get ready in time', async () => {
    const { exit } = await runInterrupted(order('process.exit'), {
      env,
      timeoutMs: 1,
      onReady: () => expect.unreachable('it takes longer than that to start'),
    });

    expect(exit).toBe('signal SIGKILL');
  });
});
