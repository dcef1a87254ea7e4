import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Diagnostic } from '../../src/index.ts';
import { createJournal } from '../../src/journal.ts';
import type { Journal } from '../../src/journal/journal-port.ts';
import { recoveredRecords } from '../../src/journal/journal-records.ts';
import { list, owedEvents, toKey } from './bench.ts';

const program = fileURLToPath(new URL('journaling-program.ts', import.meta.url));

// A generator of the same numbers each time (mulberry32), so that a failure can be repeated.
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Told {
  /** Runs that the program began at least 100 ms before the end of what it said. */
  readonly begun: ReadonlySet<string>;
  /** Runs that were settled as long ago. */
  readonly settled: ReadonlySet<string>;
  /** Every run that it said anything of. */
  readonly all: ReadonlySet<string>;
}

/** Runs the program and kills it after so many lines of output. */
async function killedAfter(lines: number, directory: string): Promise<Told> {
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  const durable = { begun: new Set<string>(), settled: new Set<string>() };
  const all = new Set<string>();
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what = '', runId = ''] = line.split(' ');
    if (what === 'telling') all.add(runId);
    if (what === 'begun') durable.begun.add(runId);
    if (what === 'settled') durable.settled.add(runId);
    count += 1;
    if (count === lines) child.kill('SIGKILL');
  }
  await gone;
  expect(child.signalCode).toBe('SIGKILL');
  return { ...durable, all };
}

interface Found {
  readonly journal: Journal;
  readonly runIds: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

async function recovered(directory: string): Promise<Found> {
  const diagnostics: Diagnostic[] = [];
  const runIds: string[] = [];
  const journal = createJournal({
    directory,
    clock: systemClock,
    diagnose: (diagnostic) => diagnostics.push(diagnostic),
    isHandedOver: () => false,
  });
  await journal.recover(async (run) => {
    for (const record of recoveredRecords(run)) {
      expect(record).toMatchObject({
        phase: 'ended',
        trace: { name: expect.stringMatching(/^agent /) },
      });
      if (record.role === 'parent') runIds.push(record.runId);
    }
    return owedEvents(run).map(toKey);
  });
  return { journal, runIds, diagnostics };
}

describe('a process that is killed', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'owes what it had told 100 ms ago, seed %i',
    async (seed) => {
      const directory = mkdtempSync(join(tmpdir(), 'journal-crash-'));
      onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
      const random = seeded(seed);

      const told = await killedAfter(5 + Math.floor(random() * 600), directory);
      const { journal, runIds, diagnostics } = await recovered(directory);
      journal.settled(runIds.flatMap((runId) => [{ runId }, { runId, stepId: 's1' }]));
      await journal.close();

      const found = new Set(runIds);
      expect(runIds).toHaveLength(found.size);
      expect(
        [...told.begun]
          .filter((runId) => !told.settled.has(runId) && !found.has(runId))
          .filter(isOpen),
      ).toEqual([]);
      expect([...told.settled].filter((runId) => found.has(runId))).toEqual([]);
      expect([...found].filter((runId) => !told.all.has(runId))).toEqual([]);
      expect(diagnostics).toEqual([]);
      // A process that dies before it has said whose its folder is leaves one without events, for a minute.
      expect(list(directory).filter((name) => hasEvents(join(directory, name)))).toEqual([]);
    },
  );
});

function hasEvents(journalFolder: string): boolean {
  return list(journalFolder).some((name) => name.endsWith('.ndjson'));
}

/** The program settles no run with an odd number, so those are owed whenever it dies. */
function isOpen(runId: string): boolean {
  return Number(runId.slice(1)) % 2 === 1;
}
