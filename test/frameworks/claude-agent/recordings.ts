import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A line of a recording: a message of Claude Code, or a direction for the scripted CLI. */
export type RecordedLine = Readonly<Record<string, unknown>>;

/** The session of nearly every recording; ids are counted anew in each. */
export const session = '00000002-0000-4000-8000-000000000000';

/** Where a recording of the real Claude Code 2.1.330 stands. */
export function recordingPath(name: string): string {
  return fileURLToPath(new URL(`recordings/${name}.jsonl`, import.meta.url));
}

/** The lines of a recording. */
export function recordedLines(name: string): readonly RecordedLine[] {
  const text = readFileSync(recordingPath(name), 'utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line) as RecordedLine);
}

const folder = mkdtempSync(join(tmpdir(), 'claude-recordings-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let written = 0;

/** A recording that was changed, for what the real binary could not be made to do; gives its path. */
export function changedRecording(
  name: string,
  change: (lines: readonly RecordedLine[]) => readonly RecordedLine[],
): string {
  written += 1;
  const path = join(folder, `${name}-${written}.jsonl`);
  const lines = change(recordedLines(name)).map((line) => JSON.stringify(line));
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Everything up to the first result, and then the exit of the process. */
export function withoutResult(name: string, code: number): string {
  return changedRecording(name, (lines) => {
    const end = lines.findIndex(({ type }) => type === 'result');
    return [...lines.slice(0, end), { cli: 'exit', code }];
  });
}

/** The same with other fields in its results. */
export function withResult(name: string, fields: RecordedLine): string {
  return changedRecording(name, (lines) =>
    lines.map((line) => (line['type'] === 'result' ? { ...line, ...fields } : line)),
  );
}
