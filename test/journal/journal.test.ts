import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createBench, runEnd, runStart, stepEnd, stepStart } from './bench.ts';

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + statSync(path).size, 0);
}

describe('what is on disk', () => {
  it('is an open run 100 ms after it was told of, in order and readable for nobody else', async () => {
    const bench = createBench();
    const { tell } = bench.start();

    tell(runStart('r1'), stepStart('r1', 's1'));
    await bench.clock.advance(100);
    await vi.waitFor(() => expect(bench.text()).toContain('step s1'));

    const lines = bench
      .text()
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line))[0]);
    expect(lines).toEqual(['journal', 'event', 'event']);
    const [segment = ''] = bench.segments();
    expect(statSync(segment).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(segment)).mode & 0o777).toBe(0o700);
    expect(statSync(bench.directory).mode & 0o777).toBe(0o700);
  });

  it('is nothing before there is something to remember', async () => {
    const bench = createBench();
    const { journal } = bench.start();

    journal.settled([{ runId: 'r1' }]);
    await bench.written();
    await journal.close();

    expect(bench.names()).toEqual([]);
    expect(bench.clock.scheduled).toBe(0);
  });

  it('is nothing any more when everything is settled', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), stepStart('r1', 's1'), stepEnd('r1', 's1'), runEnd('r1'));
    await bench.written();

    journal.settled([{ runId: 'r1' }, { runId: 'r1', stepId: 's1' }]);
    await bench.written();

    expect(bench.names()).toEqual([]);
  });

  it('is never made for a run that is settled within the same 100 ms', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();

    tell(runStart('r1'), runEnd('r1'));
    journal.settled([{ runId: 'r1' }]);
    await bench.written();

    expect(bench.segments()).toEqual([]);
  });

  it('stays as long as one observation is owed', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), stepStart('r1', 's1'), stepEnd('r1', 's1'), runEnd('r1'));
    await bench.written();

    journal.settled([{ runId: 'r1' }]);
    await bench.written();

    expect(bench.segments()).toHaveLength(1);
  });

  it('is written without the event loop when the process ends', () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), runStart('r2'));
    journal.settled([{ runId: 'r2' }]);

    journal.flushSync();

    expect(bench.text()).toContain('agent r1');
  });

  it('is the same whether the event loop or the end of the process writes it, or both at once', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), stepStart('r1', 's1', 'x'.repeat(100_000)));
    const writing = bench.clock.advance(100);

    tell(stepEnd('r1', 's1'));
    journal.flushSync();
    await writing;
    await bench.written();

    const lines = bench.text().trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
  });
});

describe('a bounded journal', () => {
  it('removes old segments as soon as nothing in them is owed', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start({ segmentBytes: 2_000 });
    for (let index = 0; index < 20; index += 1) {
      tell(runStart(`r${index}`, { input: 'x'.repeat(900) }));
      await bench.written();
    }
    const before = bench.segments().length;

    journal.settled(Array.from({ length: 19 }, (_, index) => ({ runId: `r${index}` })));
    await bench.written();

    expect(before).toBeGreaterThan(5);
    expect(bench.segments().length).toBeLessThanOrEqual(2);
    expect(bench.text()).toContain('agent r19');
  });

  it('keeps a run that stays open while everything around it comes and goes', async () => {
    const bench = createBench();
    const process = bench.start({ segmentBytes: 4_000 });
    process.tell(runStart('long'));
    for (let index = 0; index < 60; index += 1) {
      process.tell(
        runStart(`r${index}`, { input: 'x'.repeat(1_000) }),
        stepStart('long', `s${index}`, 'x'.repeat(1_000)),
      );
      process.tell(runEnd(`r${index}`), stepEnd('long', `s${index}`));
      await bench.written();
      process.journal.settled([{ runId: `r${index}` }, { runId: 'long', stepId: `s${index}` }]);
    }

    await vi.waitFor(async () => {
      await bench.written();
      expect(bytesOf(bench.segments())).toBeLessThan(25_000);
    });
    process.kill();
    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start long']);
  });

  it('takes no new events beyond its limit, says so once, and goes on when there is room', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start({ maxBytes: 10_000, segmentBytes: 2_000 });
    for (let index = 0; index < 20; index += 1)
      tell(runStart(`r${index}`, { input: 'x'.repeat(1_000) }));
    await bench.written();
    const bytes = bytesOf(bench.segments());

    tell(stepStart('r19', 'of-a-run-that-is-not-there'));
    journal.settled(Array.from({ length: 20 }, (_, index) => ({ runId: `r${index}` })));
    await bench.written();
    tell(runStart('later'));
    await bench.written();

    expect(bytes).toBeLessThan(12_000);
    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('is full'),
    ]);
    expect(bench.text()).toContain('agent later');
    expect(bench.text()).not.toContain('of-a-run-that-is-not-there');
  });

  it('leaves out an event that is too long, with a diagnostic, and keeps its neighbours', async () => {
    const bench = createBench();
    const process = bench.start({ maxLineBytes: 1_000 });

    process.tell(runStart('r1'), stepStart('r1', 's1', 'x'.repeat(2_000)), stepStart('r1', 's2'));
    await bench.written();
    process.kill();
    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1', 'step-start r1/s2']);
    expect(bench.diagnostics).toHaveLength(1);
  });
});

describe('what comes late', () => {
  it('is not journaled without the run that it belongs to', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), runEnd('r1'));
    await bench.written();
    journal.settled([{ runId: 'r1' }]);
    bench.handedOver.add('r1');
    await bench.written();

    tell(stepEnd('r1', 'late'), runStart('inner', { parentRunId: 'r1' }), stepStart('inner', 's1'));
    await bench.written();

    expect(bench.names()).toEqual([]);
  });
});

describe('a directory that cannot be used', () => {
  it('is one diagnostic, and the host goes on', async () => {
    const bench = createBench();
    mkdirSync(dirname(bench.directory), { recursive: true });
    writeFileSync(bench.directory, 'a file of somebody else');
    const { journal, tell, recover } = bench.start();

    const { report } = await recover();
    tell(runStart('r1'));
    await bench.written();
    tell(stepStart('r1', 's1'), runStart('r2'));
    await bench.written();
    journal.settled([{ runId: 'r1' }, { runId: 'r2' }]);
    journal.flushSync();
    await journal.close();

    expect(report).toEqual({ journals: 0, runs: 0, undecided: 0 });
    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('could not be read'),
      expect.stringContaining('cannot be used'),
    ]);
  });

  it('is tried again a minute later', async () => {
    const bench = createBench();
    const blocker = join(bench.directory, '..');
    writeFileSync(blocker, '');
    const { tell } = bench.start();
    tell(runStart('r1'));
    await bench.written();

    rmSync(blocker);
    await bench.written(60_000);
    tell(stepStart('r1', 's1'), runStart('r2'));
    await bench.written();

    expect(bench.text()).toContain('agent r2');
    expect(bench.text()).not.toContain('step s1');
  });

  it('that disappears while it is used is a diagnostic, and the next runs are journaled', async () => {
    const bench = createBench();
    const { tell } = bench.start();
    tell(runStart('r1'));
    await bench.written();

    rmSync(bench.directory, { recursive: true });
    await bench.written(10_000);
    tell(stepStart('r1', 's1'), runStart('r2'));
    await bench.written();

    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('is gone'),
    ]);
    expect(bench.text()).toContain('agent r2');
    expect(bench.text()).not.toContain('step s1');
  });
});

describe('a disk that cannot be written', () => {
  it('is one diagnostic; what waits is written when it can be', async () => {
    const bench = createBench();
    const process = bench.start({ segmentBytes: 100 });
    process.tell(runStart('r1'));
    await bench.written();
    const blocker = join(dirname(bench.segments()[0] ?? ''), '000002.ndjson');
    mkdirSync(blocker);

    process.tell(runStart('r2'));
    await bench.written();
    process.tell(runStart('r3'));
    process.journal.flushSync();
    await bench.written(1_000);
    rmSync(blocker, { recursive: true });
    await bench.written(1_000);
    process.kill();
    const { owed } = await bench.start().recover();

    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('EISDIR'),
    ]);
    expect(owed).toEqual(['run-start r1', 'run-start r2', 'run-start r3']);
  });

  it('costs no more memory than the limit, and runs that do not fit are left out as a whole', async () => {
    const bench = createBench();
    const process = bench.start({ segmentBytes: 100, maxUnwrittenBytes: 5_000 });
    process.tell(runStart('r1'));
    await bench.written();
    const blocker = join(dirname(bench.segments()[0] ?? ''), '000002.ndjson');
    mkdirSync(blocker);

    for (let index = 2; index < 20; index += 1) {
      process.tell(
        runStart(`r${index}`, { input: 'x'.repeat(1_000) }),
        stepStart(`r${index}`, 's'),
      );
      await bench.written(1_000);
    }
    rmSync(blocker, { recursive: true });
    await bench.written(1_000);
    process.kill();
    const { runs, owed } = await bench.start().recover();

    expect(runs.length).toBeGreaterThan(1);
    expect(runs.length).toBeLessThan(6);
    expect(owed.filter((event) => event.startsWith('run-start'))).toHaveLength(runs.length);
    expect(bench.diagnostics).toHaveLength(2);
  });

  it('is left when everything is settled', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start({ segmentBytes: 100 });
    tell(runStart('r1'));
    await bench.written();
    mkdirSync(join(dirname(bench.segments()[0] ?? ''), '000002.ndjson'));
    tell(runStart('r2'));
    await bench.written();

    journal.settled([{ runId: 'r1' }, { runId: 'r2' }]);
    await bench.written(1_000);

    expect(bench.names()).toEqual([]);
  });
});

describe('closing', () => {
  it('leaves what is owed for the next process at once, however alive this one is', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'));

    await journal.close();
    await journal.close();
    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1']);
  });

  it('leaves no timer and takes nothing more', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'));
    await bench.written();

    await journal.close();
    tell(runStart('r2'));
    journal.settled([{ runId: 'r1' }]);
    journal.flushSync();

    expect(bench.clock.scheduled).toBe(0);
    expect(bench.text()).not.toContain('agent r2');
  });
});
