import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLifecycle, type DeliveryReport } from '../../adapters/index.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type WriteMode,
} from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

const program = fileURLToPath(new URL('./killed-program.ts', import.meta.url));
const repetitions = 50;
const atOnce = 2;
// What was told is on disk within 100 ms; the event loop of a busy machine may come to it later.
const graceMs = 400;

const keys = { publicKey: 'pk-lf-local', secretKey: 'sk-lf-local' };

/** A Langfuse and a journal of their own for each life: what one leaves does not slow the next. */
interface Place {
  readonly fake: FakeLangfuse;
  readonly url: string;
  readonly journal: string;
  /** Also says that the journal is empty. */
  close(): Promise<void>;
}

async function openPlace(writeMode: WriteMode): Promise<Place> {
  const fake = createFakeLangfuse({ writeMode });
  const server = await serveFakeLangfuse(fake, { port: 0 });
  const journal = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-journal-'));
  return {
    fake,
    url: server.url,
    journal,
    async close() {
      await server.close();
      expect(readdirSync(journal)).toEqual([]);
      rmSync(journal, { recursive: true });
    },
  };
}

interface Life {
  /** When each run began, by trace id. */
  readonly began: ReadonlyMap<string, number>;
  readonly killedAt: number;
}

/** Runs the program until a moment that follows from the seed, then kills it. */
function live(seed: number, { url, journal }: Place): Promise<Life> {
  const began = new Map<string, number>();
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      LANGFUSE_PUBLIC_KEY: keys.publicKey,
      LANGFUSE_SECRET_KEY: keys.secretKey,
      LANGFUSE_BASE_URL: url,
      LANGFUSE_LIFECYCLE_JOURNAL: journal,
    },
  });
  let killedAt = 0;
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    if (text === '') {
      setTimeout(
        () => {
          killedAt = Date.now();
          child.kill('SIGKILL');
        },
        200 + ((seed * 7919) % 900),
      );
    }
    text += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      for (const line of text.split('\n')) {
        const [, traceId, time] = /^began (\w+) (\d+)$/.exec(line) ?? [];
        if (traceId !== undefined) began.set(traceId, Number(time));
      }
      resolve({ began, killedAt });
    });
  });
}

function deliver({ url, journal }: Place): Promise<DeliveryReport> {
  const sink = langfuse({ ...keys, baseUrl: url, dotenv: false, env: {} });
  return createLifecycle({
    sink,
    journalDirectory: journal,
    interruption: false,
    onDiagnostic: () => {},
  }).shutdown();
}

function expectComplete(fake: FakeLangfuse, { began, killedAt }: Life): number {
  const owed = [...began]
    .filter(([, time]) => time < killedAt - graceMs)
    .map(([traceId]) => traceId);
  for (const traceId of owed) {
    const trace = fake.trace(traceId);
    expect(trace, traceId).toBeDefined();
    expect(trace).toBeCompleteParent();
    expect(trace?.root?.metadata['reason']).toMatch(/^(?:stop|never_ended)$/);
  }
  return owed.length;
}

describe.each([
  { wire: 'legacy ingestion', writeMode: 'legacy' },
  { wire: 'OTLP', writeMode: 'events_only' },
] as const)('a process that is killed while it writes $wire', ({ wire, writeMode }) => {
  it(`owes nothing after deliver, at ${repetitions / 2} moments`, async () => {
    const counts = { owed: 0, recovered: 0 };
    const seeds = Array.from({ length: repetitions / 2 }, (_, index) => index);
    const one = async (seed: number): Promise<void> => {
      const place = await openPlace(writeMode);
      const life = await live(seed, place);
      const report = await deliver(place);
      counts.owed += expectComplete(place.fake, life);
      counts.recovered += report.recoveredRuns ?? 0;
      expect(report).toMatchObject({ pending: 0, dropped: {} });
      await place.close();
    };
    const next = async (): Promise<void> => {
      for (let seed = seeds.pop(); seed !== undefined; seed = seeds.pop()) await one(seed);
    };

    await Promise.all(Array.from({ length: atOnce }, next));

    console.log(
      `${wire}: ${counts.owed} runs of killed processes complete, ${counts.recovered} of them from the journal`,
    );
    expect(counts.recovered).toBeGreaterThan(repetitions / 2);
  }, 180_000);
});

describe('two processes with one journal', () => {
  it("deliver each other's debts once, when they are killed", async () => {
    const place = await openPlace('events_only');

    const lives = await Promise.all([live(60, place), live(61, place)]);
    const reports = await Promise.all([deliver(place), deliver(place)]);

    for (const life of lives) expect(expectComplete(place.fake, life)).toBeGreaterThan(0);
    expect(
      reports.map(({ recoveredRuns }) => recoveredRuns ?? 0).reduce((a, b) => a + b),
    ).toBeGreaterThan(0);
    await place.close();
  }, 60_000);
});
