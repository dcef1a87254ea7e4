import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { CommanderError } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendCommand, type SendSurroundings } from '../../adapters/cli/send/command.ts';
import { type MemorySink, memorySink, type Sink } from '../../src/index.ts';
import { eventsOfRuns, toNdjson } from './events.ts';

interface Sent {
  readonly sink: MemorySink;
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

interface Call extends Partial<Pick<SendSurroundings, 'createSink' | 'onStop'>> {
  readonly flags?: readonly string[];
  readonly stdin?: string | Readable;
}

async function send({ flags = [], stdin = '', ...others }: Call): Promise<Sent> {
  const sink = memorySink();
  const texts = { output: '', errors: '' };
  let exitCode = 0;
  const command = sendCommand({
    createSink: () => sink,
    stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    write: (text) => void (texts.output += text),
    writeError: (text) => void (texts.errors += text),
    showProgress: undefined,
    onStop: () => () => {},
    setExitCode: (code) => void (exitCode = code),
    ...others,
  });
  command.exitOverride().configureOutput({ writeErr: (text) => void (texts.errors += text) });
  await command.parseAsync([...flags], { from: 'user' }).catch((error: unknown) => {
    if (!(error instanceof CommanderError)) throw error;
    exitCode = error.exitCode === 1 ? 2 : error.exitCode;
  });
  return { sink, ...texts, exitCode };
}

function fileOf(text: string): { readonly file: string; readonly checkpoint: string } {
  const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-send-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'events.ndjson');
  writeFileSync(file, text);
  return { file, checkpoint: join(folder, 'events.checkpoint') };
}

function pipeBeside(file: string): string {
  const pipe = `${file}.pipe`;
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  return pipe;
}

describe('send', () => {
  it('makes complete parents of the events on stdin, and tells what came of them', async () => {
    const { sink, output, errors, exitCode } = await send({ stdin: toNdjson(eventsOfRuns(3)) });

    expect(sink.parents.map(({ name, output: result }) => [name, result])).toEqual([
      ['importer', 0],
      ['importer', 1],
      ['importer', 2],
    ]);
    expect(sink.parents[1]).toMatchObject({
      startTime: Date.UTC(2026, 10, 20, 9, 0, 1),
      trace: { conversationId: 'chat-1' },
      metadata: { status: 'completed', reason: 'stop' },
    });
    expect(output.split('\n')).toEqual([
      'read       18 lines',
      'taken      18 events of 3 runs',
      'refused    0 lines',
      'delivered  9 observations',
      'pending    0 observations',
      'dropped    none',
      '',
    ]);
    expect([errors, exitCode]).toEqual(['', 0]);
  });

  it('lets no line of somebody else steer the terminal', async () => {
    const lines = [
      '\u001B[2J{}',
      JSON.stringify({ type: 'run-start', '\u009B31m': 1 }),
      JSON.stringify({ type: '\u202Etrats-nur' }),
    ];

    const { errors, exitCode } = await send({ stdin: lines.join('\n') });

    expect(errors.split('\n')).toHaveLength(4);
    expect(errors.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(exitCode).toBe(1);
  });

  it('reads a pipe by its path, as the shell names one', async () => {
    const { file } = fileOf('');
    const pipe = pipeBeside(file);
    const writing = writeFile(pipe, toNdjson(eventsOfRuns(2)));

    const { sink, errors, exitCode } = await send({ flags: [pipe] });
    await writing;

    expect(sink.parents).toHaveLength(2);
    expect([errors, exitCode]).toEqual(['', 0]);
  });

  it('names each line that is no event, and sends the rest', async () => {
    const [start, ...rest] = eventsOfRuns(1);
    const lines = ['{"type": "run-start"', '', 'null', '{"type":"run-begin","runId":"a"}'];

    const { sink, errors, exitCode, output } = await send({
      stdin: `${JSON.stringify(start)}\n${lines.join('\n')}\n${toNdjson(rest)}`,
    });

    expect(errors.split('\n')).toEqual([
      expect.stringMatching(
        /^line 2: Not JSON: .+ Expected one event as JSON on a line of its own\.$/,
      ),
      'line 4: Not a lifecycle event: event: expected an object, received null',
      expect.stringMatching(/^line 5: Not a lifecycle event: type: expected run-start \| /),
      '',
    ]);
    expect(output).toContain('refused    3 lines\n');
    expect(exitCode).toBe(1);
    expect(sink.parents).toHaveLength(1);
  });

  it('does not quote what stands around a mistake', async () => {
    const { errors } = await send({ stdin: '{"key": sk-lf-very-secret}\n{"key" "sk-lf-secret"}' });

    expect(errors).not.toContain('secret');
    expect(errors).toContain('line 2: Not JSON: ');
  });

  it('shows the first refused lines only', async () => {
    const { errors } = await send({ stdin: 'no\n'.repeat(30) });

    expect(errors.split('\n')).toHaveLength(22);
    expect(errors).toContain('… and 10 more lines like these\n');
  });

  it('ends a run whose events stop before its end', async () => {
    const { sink, exitCode } = await send({ stdin: toNdjson(eventsOfRuns(1).slice(0, -1)) });

    expect(sink.parents[0]).toMatchObject({ metadata: { status: 'error', reason: 'never_ended' } });
    expect(exitCode).toBe(0);
  });

  it('needs keys', async () => {
    const disabled: Sink = { name: 'off', disabled: { message: 'No keys.' }, send: async () => [] };

    const { errors, exitCode } = await send({ createSink: () => disabled });

    expect([errors, exitCode]).toEqual(['error: No keys.\n', 1]);
  });

  it.each([
    {
      flags: ['no-such-file'],
      message: /^error: Expected a file, found none at .*no-such-file\.$/m,
    },
    { flags: ['--checkpoint', 'x'], message: /^error: --checkpoint needs a file to go on with/m },
    { flags: ['--timeout', 'soon'], message: /Expected seconds above 0 and up to 86400/ },
  ])('refuses $flags', async ({ flags, message }) => {
    const { errors, exitCode } = await send({ flags });

    expect(errors).toMatch(message);
    expect(exitCode).toBe(2);
  });
});

describe('send with a checkpoint', () => {
  it('does nothing the second time', async () => {
    const { file, checkpoint } = fileOf(toNdjson(eventsOfRuns(2)));
    await send({ flags: [file, '--checkpoint', checkpoint] });

    const second = await send({ flags: [file, '--checkpoint', checkpoint] });

    expect(second.output).toBe(
      `${checkpoint} says that all of it was sent. Delete it to send everything again.\n`,
    );
    expect([second.sink.parents, second.exitCode]).toEqual([[], 0]);
  });

  it('goes on with lines that were added', async () => {
    const [first, second] = [eventsOfRuns(1), eventsOfRuns(2).slice(eventsOfRuns(1).length)];
    const { file, checkpoint } = fileOf(toNdjson(first));
    const flags = [file, '--checkpoint', checkpoint];
    await send({ flags });
    writeFileSync(file, toNdjson([...first, ...second]));

    const { sink, output } = await send({ flags });

    expect(sink.parents.map(({ runId }) => runId)).toEqual(['run-1']);
    expect(output).toContain('taken      6 events of 1 run\n');
  });

  it('goes on after a signal, and sends every observation once', async () => {
    const events = eventsOfRuns(400, 3).map((event) =>
      event.type === 'run-start' ? { ...event, input: 'x'.repeat(40_000) } : event,
    );
    const { file, checkpoint } = fileOf(toNdjson(events));
    const flags = [file, '--checkpoint', checkpoint];
    const first = memorySink();
    let stop = (_exitCode: number): void => {};
    let batches = 0;
    const stopping: Sink = {
      ...first,
      send(records, options) {
        batches += 1;
        if (batches === 3) stop(143);
        return first.send(records, options);
      },
    };

    const interrupted = await send({
      flags,
      createSink: () => stopping,
      onStop(callback) {
        stop = callback;
        return () => {};
      },
    });
    const second = await send({ flags });

    expect(interrupted.exitCode).toBe(143);
    expect(interrupted.errors).toBe(
      `Not everything was sent. Start again with --checkpoint ${checkpoint} to go on.\n`,
    );
    expect(second.exitCode).toBe(0);
    const ended = [...first.records, ...second.sink.records].filter(
      ({ phase }) => phase === 'ended',
    );
    const names = ended.map(({ runId, stepId = '' }) => `${runId} ${stepId}`);
    expect(first.parents.length).toBeGreaterThan(0);
    expect(first.parents.length).toBeLessThan(400);
    expect(ended).toHaveLength(1_200);
    expect(new Set(names).size).toBe(1_200);
  });

  it('keeps open runs open for the next start, and ends them when the events are over', async () => {
    const events = eventsOfRuns(1);
    const { file, checkpoint } = fileOf(toNdjson(events));
    const flags = [file, '--checkpoint', checkpoint];
    const first = await send({
      flags,
      onStop(callback) {
        // Before the first line is read.
        callback(130);
        return () => {};
      },
    });

    const second = await send({ flags });

    expect(first.sink.parents).toEqual([]);
    expect(second.sink.parents).toHaveLength(1);
  });

  it('is looked at before anything is sent: it needs a directory that is there', async () => {
    const { file } = fileOf(toNdjson(eventsOfRuns(1)));
    const missing = join(dirname(file), 'missing', 'events.checkpoint');

    const nowhere = await send({ flags: [file, '--checkpoint', missing] });
    const directory = await send({ flags: [file, '--checkpoint', dirname(file)] });

    expect(nowhere.errors).toContain('Expected a file in a directory that exists');
    expect(directory.errors).toContain('Expected a file, found a directory');
    expect([nowhere, directory].map(({ exitCode, sink }) => [exitCode, sink.records])).toEqual([
      [2, []],
      [2, []],
    ]);
  });

  it('does not take a file that was emptied for one that is sent', async () => {
    const text = toNdjson(eventsOfRuns(60));
    const { file, checkpoint } = fileOf(text);
    const flags = [file, '--checkpoint', checkpoint];
    await send({ flags });
    writeFileSync(file, text.slice(0, 5_000));

    const { errors, exitCode } = await send({ flags });

    expect(errors).toContain('or was longer');
    expect(exitCode).toBe(2);
  });

  it('cannot stand beside a pipe', async () => {
    const { file, checkpoint } = fileOf('');
    const pipe = pipeBeside(file);

    const { errors, exitCode } = await send({ flags: [pipe, '--checkpoint', checkpoint] });

    expect(errors).toContain('cannot be read again');
    expect(exitCode).toBe(2);
  });

  it('does not take the file of events for one', async () => {
    const text = toNdjson(eventsOfRuns(1));
    const { file } = fileOf(text);

    const { errors, exitCode } = await send({ flags: [file, '--checkpoint', file] });

    expect(errors).toContain('which holds the events. Name another file for it.');
    expect(exitCode).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.each([
    { text: '{"version":9}', message: 'is not a checkpoint of this command' },
    {
      text: JSON.stringify({
        version: 1,
        head: '10:other',
        progress: { from: { offset: 0, line: 0 }, runs: [], steps: [] },
      }),
      message: 'belongs to a file that begins otherwise',
    },
  ])('refuses one that $message', async ({ text, message }) => {
    const { file, checkpoint } = fileOf(toNdjson(eventsOfRuns(1)));
    writeFileSync(checkpoint, text);

    const { errors, exitCode } = await send({ flags: [file, '--checkpoint', checkpoint] });

    expect(errors).toContain(message);
    expect(exitCode).toBe(2);
    expect(readFileSync(checkpoint, 'utf8')).toBe(text);
  });
});
