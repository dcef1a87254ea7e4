import { afterAll, describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { loadRecordings, ownScenarioCounts } from './recordings.ts';
import { createReplayClock, recordedKeys, replay } from './replay.ts';

const files = loadRecordings();
const scenarios = files.flatMap((file) => file.scenarios);
let conforming = 0;

afterAll(() => {
  process.stdout.write(
    `conformance: ${conforming} of ${scenarios.length} recorded scenarios over direct calls\n`,
  );
});

describe('the recordings', () => {
  it.skipIf(process.env['LANGFUSE_RECORDINGS'] !== undefined)('are all there', () => {
    const counts = files.map(({ name, scenarios: found }) => [name, found.length]);

    expect(Object.fromEntries(counts)).toEqual(ownScenarioCounts);
  });

  it('hold at least one scenario in every file', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => file.scenarios.length === 0)).toEqual([]);
  });
});

describe.each(files)('the fake answers as the recorded server did: $name', (file) => {
  it.each(file.scenarios)('$id: $title', async (scenario) => {
    const clock = createReplayClock();
    const { writeMode } = scenario.server;
    const fake = createFakeLangfuse({ writeMode, ...recordedKeys, now: () => clock.now() });

    const found = await replay(scenario, {
      clock,
      scenarios,
      send: async (request) => {
        const reply = fake.handle(request);
        if (reply.type !== 'response') throw new Error(`Expected an answer, got a ${reply.type}.`);
        return reply.response;
      },
    });

    expect(found).toEqual([]);
    conforming += 1;
  });
});
