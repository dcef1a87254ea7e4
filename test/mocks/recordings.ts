import { readFileSync, readdirSync } from 'node:fs';

/** One recorded request with its answer (the format is described in test/recordings/README.md). */
export interface RecordedExchange {
  readonly delayBeforeMs?: number;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly bodyEncoding?: string;
  };
  readonly response: RecordedResponse;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly reduced?: boolean;
}

/** A read made some time after an exchange. */
export interface RecordedRead extends RecordedExchange {
  readonly settledAfterMs: number;
  readonly afterExchange: number;
  readonly label?: string;
}

export interface RecordedScenario {
  readonly id: string;
  readonly title: string;
  readonly server: { readonly version: string; readonly writeMode: 'dual' | 'events_only' };
  readonly requires?: readonly string[];
  readonly exchanges: readonly RecordedExchange[];
  readonly readBack?: readonly RecordedRead[];
  readonly volatile: readonly string[];
}

export interface RecordingFile {
  readonly name: string;
  readonly scenarios: readonly RecordedScenario[];
}

/** Where recordings are read from: this repository's, or other ones of the same format. */
const recordingsFolder: string | URL =
  process.env['LANGFUSE_RECORDINGS'] ?? new URL('../recordings', import.meta.url);

/** How many scenarios each file of this repository holds: a replay must not pass because it found none. */
export const ownScenarioCounts: Readonly<Record<string, number>> = {
  discovery: 18,
  'ingestion-dual': 70,
  'ingestion-events-only': 12,
  'otlp-dual': 52,
  'otlp-events-only': 44,
  'reads-dual': 20,
  'reads-events-only': 13,
};

/** Reads all recordings. */
export function loadRecordings(): readonly RecordingFile[] {
  const folder = new URL(`${String(recordingsFolder)}/`, import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .map((name) => ({
      name: name.replace('.jsonl', ''),
      scenarios: readFileSync(new URL(name, folder), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as RecordedScenario),
    }));
}
