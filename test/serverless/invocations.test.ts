import { describe, expect, it } from 'vitest';
import { createLifecycle, type Lifecycle, type Outcome } from '../../adapters/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import type { FakeTrace } from '../../mocks/fake-langfuse.ts';
import { startInstance, writeModes } from './instance.ts';
import { collectGarbageUntil } from '../garbage.ts';

describe.each(writeModes)('invocations at the same time, write mode %s', (writeMode) => {
  it('keep their runs, steps and conversations apart', async () => {
    const { fake, lifecycle } = await startInstance(writeMode);
    const ids = Array.from({ length: 20 }, (_, index) => `chat-${index}`);

    await Promise.all(ids.map((id, index) => invoke(lifecycle, id, index % 5)));
    const report = await lifecycle.flush();

    const traces = fake.traces();
    expect(report).toEqual({ delivered: 60, pending: 0, dropped: {} });
    expect(traces.flatMap(missingFromParent)).toEqual([]);
    expect(traces.map(({ sessionId }) => String(sessionId)).toSorted()).toEqual(ids.toSorted());
    expect(traces.map(insidesOf)).toEqual(
      traces.map(({ sessionId }) => [`inner ${sessionId}`, `search ${sessionId}`, 'support-agent']),
    );
  });

  it('are not ended by the flush of another one', async () => {
    const { fake, lifecycle } = await startInstance(writeMode);
    const slow = lifecycle.startRun({ name: 'slow', input: 'question', conversationId: 'slow' });

    await invoke(lifecycle, 'quick', 1);
    await lifecycle.flush();
    const endedEarly = fake.traces().filter(({ root }) => isComplete(root?.metadata['status']));
    slow.complete('answer');
    await lifecycle.flush();

    expect(endedEarly.map(({ sessionId }) => sessionId)).toEqual(['quick']);
    expect(fake.traces().flatMap(missingFromParent)).toEqual([]);
  });
});

/** Yields between each of its parts, so that invocations interleave. */
async function invoke(lifecycle: Lifecycle, id: string, turns: number): Promise<string> {
  return lifecycle.withConversation(id, () =>
    lifecycle.run({ name: 'support-agent', input: id }, async () => {
      await pass(turns);
      await lifecycle.currentRun()?.step({ kind: 'tool', name: `search ${id}` }, () => pass(turns));
      await lifecycle.run({ name: `inner ${id}`, input: id }, () => pass(turns));
      return `answer to ${id}`;
    }),
  );
}

async function pass(turns: number): Promise<string> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return 'done';
}

function insidesOf({ observations }: FakeTrace): readonly string[] {
  return observations.map(({ name }) => String(name)).toSorted();
}

function isComplete(status: unknown): boolean {
  return status === 'completed';
}

describe('an invocation that is over', () => {
  it('leaves nothing of the host behind: input, output and run can be collected', async () => {
    const lifecycle = createLifecycle({ sink: acceptingSink, interruption: false });
    const collected = new Set<string>();
    const registry = new FinalizationRegistry<string>((name) => collected.add(name));

    await invokeOnce(lifecycle, registry);
    await collectGarbageUntil(() => collected.size === 3);

    expect([...collected].toSorted()).toEqual(['input', 'output', 'run']);
  });

  it('leaves nothing behind that grows with the number of invocations', async () => {
    const lifecycle = createLifecycle({ sink: acceptingSink, interruption: false });
    const payloadCharacters = 20_000;
    await invokeMany(lifecycle, 1_200, payloadCharacters);
    const before = await heapBytes();

    await invokeMany(lifecycle, 2_000, payloadCharacters);
    const growth = (await heapBytes()) - before;
    const report = await lifecycle.flush();

    expect(report).toMatchObject({ delivered: 6_400, pending: 0 });
    // A fifth of what the inputs alone would take, one byte a character.
    expect(growth).toBeLessThan((2_000 * payloadCharacters) / 5);
  });
});

const acceptingSink = {
  name: 'accepting',
  send: async (records: readonly unknown[]): Promise<readonly Outcome[]> =>
    records.map(() => ({ type: 'delivered' })),
};

async function invokeOnce(
  lifecycle: Lifecycle,
  registry: FinalizationRegistry<string>,
): Promise<void> {
  const input = { question: 'Where is my parcel?' };
  const output = { text: 'On its way.' };
  const run = await lifecycle.run({ name: 'agent', input }, async (handle) => {
    await handle.step({ kind: 'tool', name: 'search', input }, async () => output);
    handle.complete(output);
    return handle;
  });
  await lifecycle.flush();
  for (const [name, object] of Object.entries({ input, output, run }))
    registry.register(object, name);
}

async function invokeMany(lifecycle: Lifecycle, count: number, characters: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const input = `${index} `.padEnd(characters, 'words ');
    lifecycle.run({ name: 'agent', input }, (run) =>
      run.step({ kind: 'tool', name: 'search', input }, () => index),
    );
    await lifecycle.flush();
  }
}

async function heapBytes(): Promise<number> {
  let turns = 0;
  await collectGarbageUntil(() => (turns += 1) > 5);
  return process.memoryUsage().heapUsed;
}
