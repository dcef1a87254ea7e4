import { z } from 'zod';

import type { FakeWrite } from './fake/writes.ts';
import { createWatchedFake, type WatchedFake } from './watched-fake.ts';

/** The first line of a data file, without its line break. */
export const dataHeader = '{"format":"langfuse-lifecycle fake data","version":1}';

const headerSchema = z.object({
  format: z.literal('langfuse-lifecycle fake data'),
  version: z.literal(1),
});

const writeSchema = z.discriminatedUnion('wire', [
  z.object({
    traceId: z.string(),
    atMs: z.number().min(0).max(8_640_000_000_000_000),
    wire: z.literal('ingestion'),
    events: z.array(z.unknown()),
    isCopied: z.boolean(),
  }),
  z.object({
    traceId: z.string(),
    atMs: z.number().min(0).max(8_640_000_000_000_000),
    wire: z.literal('otlp'),
    resourceSpans: z.array(z.unknown()),
    to: z.array(z.enum(['v1', 'v4', 'copy'])),
  }),
]) satisfies z.ZodType<FakeWrite>;

/** What a data file holds. */
export interface Data {
  readonly writes: readonly FakeWrite[];
  /** True when the last line breaks off: the program that wrote it was killed. It is left out. */
  readonly isTorn: boolean;
}

/** Thrown for text that is no data file; the message names the line and what was expected. */
export class DataFormatError extends Error {
  override readonly name = 'DataFormatError';
}

/** A write as a line, without its line break. */
export function toDataLine(write: FakeWrite): string {
  return JSON.stringify(write);
}

/** Reads NDJSON of the format that `docs/viewer.md` describes; throws a DataFormatError. Nothing is stored. */
export function parseData(text: string): Data {
  const [first = '', ...rest] = text.replace(/^\uFEFF/, '').split('\n');
  if (!headerSchema.safeParse(parseJson(first)).success) {
    throw new DataFormatError(`line 1: expected ${dataHeader}, found ${excerptOf(first)}`);
  }
  const last = rest.at(-1) ?? '';
  const isTorn = last !== '' && parseJson(last) === undefined;
  const lines = isTorn ? rest.slice(0, -1) : rest;
  const scratch = createWatchedFake({ history: 'none' });
  const writes = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [parseWrite(line, { number: index + 2, scratch })],
  );
  return { writes, isTorn };
}

interface Place {
  readonly number: number;
  /** A fake that takes every write first, so that one which cannot be taken is found before any is stored. */
  readonly scratch: WatchedFake;
}

function parseWrite(line: string, { number, scratch }: Place): FakeWrite {
  const { data, error } = writeSchema.safeParse(parseJson(line));
  if (data === undefined) {
    const issue = error.issues[0];
    const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}; `;
    throw new DataFormatError(`line ${number}: ${where}found ${excerptOf(line)}`);
  }
  if (!scratch.replay(data)) {
    throw new DataFormatError(
      `line ${number}: holds events or spans that no Langfuse takes; found ${excerptOf(line)}`,
    );
  }
  scratch.forget(new Set([data.traceId]));
  return data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function excerptOf(line: string): string {
  if (line === '') return 'nothing';
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 79)}…` : line);
}
