import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recoveredRecords } from '../../src/journal/journal-records.ts';
import { createBench, list, runEnd, runStart, stepEnd, stepStart } from './bench.ts';

describe('a process that died', () => {
  it('leaves its open run, which ends as never_ended when the process was last heard of', async () => {
    const bench = createBench();
    const dead = bench.start();
    dead.tell(runStart('r1'), stepStart('r1', 's1'), stepEnd('r1', 's1'), stepStart('r1', 's2'));
    await bench.written();
    await bench.written(20_000);
    await bench.written(5_000);
    dead.kill();
    await bench.clock.advance(600_000);

    const { runs } = await bench.start().recover();
    const records = runs.flatMap(recoveredRecords);

    const heardAt = Date.UTC(2026, 10, 23, 12) + 20_100;
    expect(records).toHaveLength(3);
    expect(records).toContainEqual(
      expect.objectContaining({
        role: 'parent',
        phase: 'ended',
        name: 'agent r1',
        input: 'q',
        endTime: heardAt,
        statusMessage: `the process ${dead.owner.pid} on here died; it was last heard of at ${new Date(heardAt).toISOString()}`,
        metadata: expect.objectContaining({ status: 'error', reason: 'never_ended' }),
      }),
    );
    expect(records).toContainEqual(
      expect.objectContaining({ name: 'step s1', output: 'out', level: 'DEFAULT' }),
    );
    expect(records).toContainEqual(expect.objectContaining({ name: 'step s2', level: 'WARNING' }));
  });

  it('leaves the ending of a run that was not delivered as it was told', async () => {
    const bench = createBench();
    const dead = bench.start();
    dead.tell(runStart('r1'), runEnd('r1'));
    await bench.written();
    dead.kill();

    const { runs } = await bench.start().recover();

    expect(runs.flatMap(recoveredRecords)).toMatchObject([
      { phase: 'ended', output: 'a', metadata: { status: 'completed' } },
    ]);
  });

  it('leaves only what was not settled', async () => {
    const bench = createBench();
    const dead = bench.start();
    dead.tell(
      runStart('r1'),
      stepStart('r1', 's1'),
      stepEnd('r1', 's1'),
      runStart('r2'),
      runEnd('r2'),
    );
    await bench.written();
    dead.journal.settled([{ runId: 'r1', stepId: 's1' }, { runId: 'r2' }]);
    await bench.written();
    dead.kill();

    const { runs, owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1']);
    expect(runs.flatMap(recoveredRecords).map(({ name }) => name)).toEqual(['agent r1']);
  });

  it('leaves a run inside another with the outer one', async () => {
    const bench = createBench();
    const dead = bench.start();
    dead.tell(
      runStart('other'),
      runStart('outer'),
      runStart('inner', { parentRunId: 'outer' }),
      stepStart('inner', 's1'),
    );
    await bench.written();
    dead.journal.settled([{ runId: 'outer' }]);
    await bench.written();
    dead.kill();

    const { runs } = await bench.start().recover();

    expect(runs.map(({ entries }) => entries.length)).toEqual([1, 4]);
    expect(runs.flatMap(recoveredRecords).map(({ name }) => name)).toEqual([
      'agent other',
      'agent inner',
      'step s1',
    ]);
  });

  it('does not owe the ending of a run that it released, and owes its steps', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'), stepStart('r1', 's1'), stepEnd('r1', 's1'), {
      type: 'run-release',
      runId: 'r1',
      timestamp: 5,
    });

    const { runs } = await bench.start().recover();

    expect(runs.flatMap(recoveredRecords).map(({ name }) => name)).toEqual(['step s1']);
  });

  it('leaves nothing once its last step is settled after it released the run', async () => {
    const bench = createBench();
    const { journal, tell } = bench.start();
    tell(runStart('r1'), stepStart('r1', 's1'), stepEnd('r1', 's1'), {
      type: 'run-release',
      runId: 'r1',
      timestamp: 5,
    });
    await bench.written();

    journal.settled([{ runId: 'r1', stepId: 's1' }]);
    await bench.written();

    expect(bench.names()).toEqual([]);
  });
});

describe('taking over', () => {
  it('cleans up when all that was taken over is settled', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'), runStart('r2'));
    const next = bench.start();
    await next.recover();

    next.journal.settled([{ runId: 'r1' }]);
    await bench.written();
    const between = bench.names().length;
    next.journal.settled([{ runId: 'r2' }]);
    await bench.written();

    expect(between).toBe(1);
    expect(bench.names()).toEqual([]);
  });

  it('is repeated by the next process when the one that took over dies as well', async () => {
    const bench = createBench();
    const first = bench.start();
    first.tell(runStart('r1'), runStart('r2'), runStart('r3'));
    await bench.written();
    first.kill();
    const second = bench.start();
    await second.recover();
    second.journal.settled([{ runId: 'r1' }]);
    await bench.written();
    second.kill();

    const third = bench.start();
    const again = await third.recover();
    third.journal.settled([{ runId: 'r2' }]);
    await bench.written();
    third.kill();
    const { owed, runs } = await bench.start().recover();

    expect(again.owed).toEqual(['run-start r2', 'run-start r3']);
    expect(owed).toEqual(['run-start r3']);
    expect(runs[0]?.writer.pid).toBe(first.owner.pid);
  });

  it('is done by exactly one of many that try at once', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'));

    const found = await Promise.all(Array.from({ length: 8 }, () => bench.start().recover()));

    expect(found.flatMap(({ owed }) => owed)).toEqual(['run-start r1']);
    expect(bench.diagnostics).toEqual([]);
  });

  it('leaves the journal of a living process alone', async () => {
    const bench = createBench();
    bench.start().tell(runStart('r1'));
    await bench.written();

    const { report } = await bench.start().recover();

    expect(report).toEqual({ journals: 0, runs: 0, undecided: 0 });
  });

  it('waits for a minute of silence from a process that it cannot ask', async () => {
    const bench = createBench();
    const far = bench.start();
    far.tell(runStart('r1'));
    await bench.written();
    await bench.written(30_000);
    far.kill('unknown');
    const next = bench.start();

    const early = await next.recover();
    await bench.clock.advance(61_000);
    const late = await next.recover();

    expect(early.report).toEqual({ journals: 0, runs: 0, undecided: 1 });
    expect(late.owed).toEqual(['run-start r1']);
  });

  it('is noticed by a process that was only thought dead: it stops and says so', async () => {
    const bench = createBench();
    const frozen = bench.start();
    frozen.tell(runStart('r1'));
    await bench.written();
    const thief = bench.start();
    const name = bench.names()[0] ?? '';
    renameSync(
      join(bench.directory, name),
      join(bench.directory, name.replace(frozen.owner.instance, thief.owner.instance)),
    );

    await bench.written(10_000);
    frozen.tell(stepStart('r1', 's1'));
    await bench.written();

    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('is gone'),
    ]);
    expect(bench.text()).not.toContain('step s1');
  });

  it('finishes with what the replay does not name', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'));

    await bench.start().journal.recover(() => Promise.resolve([]));
    await bench.written();

    expect(bench.names()).toEqual([]);
  });

  it('keeps a run whose replay failed for the next process', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'), runStart('r2'));
    const failing = bench.start();

    await failing.journal.recover(() => Promise.reject(new Error('no room')));
    await bench.written();
    failing.kill();
    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1', 'run-start r2']);
    expect(bench.diagnostics).toHaveLength(1);
  });
});

describe('a journal that is not as it was written', () => {
  it.each([
    ['half a line', '{"event":{"type":"run-end","runId":"r1","ti'],
    ['zeros', '\0'.repeat(5_000)],
    ['half a line and zeros', `{"event":{"type":"run-e${'\0'.repeat(5_000)}`],
  ])('gives every whole line before %s', async (_what, tail) => {
    const bench = createBench();
    await bench.died(runStart('r1'), stepStart('r1', 's1'));
    appendFileSync(bench.segments()[0] ?? '', tail);

    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1', 'step-start r1/s1']);
    expect(bench.diagnostics).toEqual([]);
  });

  it('gives the lines around damaged ones, with one diagnostic', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'), stepStart('r1', 's1'), stepStart('r1', 's2'));
    const [path = ''] = bench.segments();
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(
      path,
      [
        ...lines.slice(0, 2),
        '\0\0\0',
        '{"event":{"type":"run-end"}}',
        '[1]',
        'null',
        ...lines.slice(3),
      ].join('\n'),
    );

    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1', 'step-start r1/s2']);
    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('4 lines'),
    ]);
  });

  it('is left alone when it has another version', async () => {
    const bench = createBench();
    const dead = await bench.died(runStart('r1'));
    const [path = ''] = bench.segments();
    const owner = join(dirname(path), `owner-${dead.owner.instance}.json`);
    writeFileSync(owner, readFileSync(owner, 'utf8').replace('"journal":1', '"journal":2'));
    const before = bench.names();

    const { report } = await bench.start().recover();

    expect(report.journals).toBe(0);
    expect(bench.names()).toEqual(before);
    expect(bench.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('another version'),
    ]);
  });

  it('is left alone when a segment has another version', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'));
    const [path = ''] = bench.segments();
    const changed = readFileSync(path, 'utf8').replace('"journal":1', '"journal":2');
    writeFileSync(path, changed);

    const { report } = await bench.start().recover();

    expect(report.journals).toBe(0);
    expect(bench.text()).toBe(changed);
  });

  it('ignores segments that a newer one replaced', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'), stepStart('r1', 's1'));
    const [path = ''] = bench.segments();
    cpSync(path, join(dirname(path), '000002.ndjson'));

    const { runs } = await bench.start().recover();

    expect(runs[0]?.entries).toHaveLength(2);
  });

  it('leaves what is not a journal untouched', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'));
    const name = bench.names()[0] ?? '';
    const like = (character: string): string => name.replace(/^\d/, character);
    writeFileSync(join(bench.directory, 'notes.txt'), 'mine');
    writeFileSync(join(bench.directory, like('8')), 'a file with the name of a journal');
    mkdirSync(join(bench.directory, 'sub'));
    symlinkSync(join(bench.directory, name), join(bench.directory, like('9')));
    mkdirSync(join(bench.directory, name, '000009.ndjson'));
    symlinkSync('/etc/hostname', join(bench.directory, name, '000008.ndjson'));

    const { owed } = await bench.start().recover();

    expect(owed).toEqual(['run-start r1']);
    expect(list(bench.directory)).toEqual(
      expect.arrayContaining(['notes.txt', 'sub', like('8'), like('9')]),
    );
    expect(readFileSync(join(bench.directory, 'notes.txt'), 'utf8')).toBe('mine');
    expect(bench.diagnostics).toHaveLength(1);
  });

  it('removes what a process left that died while it removed a journal', async () => {
    const bench = createBench();
    await bench.died(runStart('r1'));
    const [path = ''] = bench.segments();
    renameSync(
      dirname(path),
      join(
        bench.directory,
        basename(dirname(path)).replace(/\.[0-9a-f]{12}\.journal$/, '.discarded'),
      ),
    );

    const { report } = await bench.start().recover();

    expect(report.journals).toBe(0);
    expect(bench.names()).toEqual([]);
  });
});
