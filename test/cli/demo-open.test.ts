import { describe, expect, it } from 'vitest';

import { showRuns } from '../../adapters/cli/demo/show-runs.ts';
import type { FakeWrite } from '../../mocks/fake/writes.ts';
import { createWatchedFake, type WatchedFake } from '../../mocks/watched-fake.ts';
import { event, postBatch } from '../mocks/fake-requests.ts';
import { viaHttp } from '../mocks/raw-client.ts';
import { postRun, traceIdOf } from '../viewer/bench.ts';

function collect(fakes: readonly WatchedFake[], act: () => void): readonly FakeWrite[] {
  const writes: FakeWrite[] = [];
  for (const fake of fakes) {
    fake.watch((change) => {
      if (change.type === 'written') writes.push(...change.writes);
    });
  }
  act();
  return writes;
}

describe('demo --open', () => {
  it('shows the runs of both wires on one page until it is stopped', async () => {
    const legacy = createWatchedFake({ writeMode: 'legacy', history: 'none' });
    const otlp = createWatchedFake({ history: 'none' });
    const writes = collect([legacy, otlp], () => {
      postBatch(legacy, [event('trace-create', { id: 'legacy', name: 'one' })]);
      postRun(otlp, { number: 1, name: 'two' });
    });
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });

    let done = Promise.resolve();
    const text = await new Promise<string>((write) => {
      done = showRuns(writes, { write, untilStopped: () => stopped });
    });
    const url = /http:\S+/.exec(text)?.[0] ?? '';
    const names = await Promise.all(
      ['legacy', traceIdOf(1)].map(async (id) => {
        const { body } = await viaHttp(`${url}/viewer/api/run?id=${id}`);
        return JSON.parse(body).run.name;
      }),
    );
    stop();
    await done;

    expect(text).toBe(`\nThe 2 runs are at ${url} until Ctrl-C.\n`);
    expect(names).toEqual(['one', 'two']);
    await expect(viaHttp(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
