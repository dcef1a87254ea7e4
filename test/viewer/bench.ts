import { onTestFinished } from 'vitest';

import { serveBehind } from '../../mocks/server.ts';
import type { RunSummary } from '../../mocks/viewer/api.ts';
import { createViewer } from '../../mocks/viewer/viewer.ts';
import { createWatchedFake, type WatchedFake } from '../../mocks/watched-fake.ts';
import {
  archiveWrites,
  type ArchiveLimits,
  serveLimits,
  type WriteArchive,
} from '../../mocks/write-archive.ts';
import type { WriteMode } from '../../mocks/fake-langfuse.ts';
import { postSpans, span } from '../mocks/fake-requests.ts';

/** A fake with the viewer before it, over HTTP until the test ends. */
export interface ViewerBench {
  readonly url: string;
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
  /** Stops the server before the test ends. */
  readonly close: () => Promise<void>;
}

export interface BenchOptions {
  readonly writeMode?: WriteMode;
  readonly limits?: ArchiveLimits;
  readonly host?: string;
  readonly port?: number;
}

export async function openViewer(options: BenchOptions = {}): Promise<ViewerBench> {
  const { writeMode = 'events_only', limits = serveLimits } = options;
  const { host = '127.0.0.1', port = 0 } = options;
  const fake = createWatchedFake({ writeMode, history: 'none' });
  const archive = archiveWrites(fake, limits);
  const viewer = createViewer({ fake, archive, host });
  const server = await serveBehind(viewer, fake, { port });
  const close = async (): Promise<void> => {
    viewer.close();
    await server.close();
  };
  onTestFinished(close);
  return { url: server.url, fake, archive, close };
}

/** A step below the root of a run that is posted. */
export interface StepFacts {
  readonly name: string;
  readonly type?: string;
  /** Index of another step; default the root. */
  readonly below?: number;
  readonly error?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface RunFacts {
  /** Becomes the trace id. */
  readonly number: number;
  readonly name?: string;
  readonly startedAt?: number;
  readonly durationMs?: number;
  readonly status?: 'completed' | 'error' | 'suspended';
  readonly reason?: string;
  readonly error?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly conversationId?: string;
  readonly steps?: readonly StepFacts[];
  /** What it lacks. */
  readonly without?: 'root' | 'ending';
}

/** When posted runs start, unless they say otherwise: at a fixed time of the past. */
export const firstStart: number = Date.parse('2026-11-23T12:00:00.000Z');

export function traceIdOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

/** Sends a run as this package writes it: complete, unless it says what it lacks. */
export function postRun(fake: WatchedFake, run: RunFacts): void {
  const { steps = [], without } = run;
  const spans = [
    ...(without === 'root' ? [] : [rootSpan(run)]),
    ...steps.map((step, index) => stepSpan(run, { step, index })),
  ];
  postSpans(fake, spans, { 'x-langfuse-ingestion-version': '4' });
}

const rootId = '00000000000000a1';

function rootSpan(run: RunFacts): unknown {
  const { status = 'completed', reason = 'stop', error, without } = run;
  const { input = 'hi', output = error === undefined ? 'hello' : { error: { message: error } } } =
    run;
  const start = run.startedAt ?? firstStart + run.number;
  const ending = {
    'langfuse.observation.metadata.status': status,
    'langfuse.observation.metadata.reason': reason,
    'langfuse.observation.output': toText(output),
  };
  return span(
    {
      traceId: traceIdOf(run.number),
      spanId: rootId,
      name: run.name ?? 'agent',
      ...times(start, start + (run.durationMs ?? 1000)),
      ...(error === undefined ? {} : { status: { code: 2, message: error } }),
    },
    {
      ...traceAttributes(run),
      'langfuse.observation.type': 'agent',
      'langfuse.observation.input': toText(input),
      ...(without === 'ending' ? {} : ending),
    },
  );
}

function stepSpan(
  run: RunFacts,
  { step, index }: { readonly step: StepFacts; readonly index: number },
): unknown {
  const start = run.startedAt ?? firstStart + run.number;
  const { input, output, error, below, type = 'tool', startMs = 10, endMs = 20 } = step;
  return span(
    {
      traceId: traceIdOf(run.number),
      spanId: stepIdOf(index),
      parentSpanId: below === undefined ? rootId : stepIdOf(below),
      name: step.name,
      ...times(start + startMs, start + endMs),
      ...(error === undefined ? {} : { status: { code: 2, message: error } }),
    },
    {
      ...traceAttributes(run),
      'langfuse.observation.type': type,
      ...(input === undefined ? {} : { 'langfuse.observation.input': toText(input) }),
      ...(output === undefined ? {} : { 'langfuse.observation.output': toText(output) }),
      ...step.attributes,
    },
  );
}

export function stepIdOf(index: number): string {
  return `b${index.toString(16).padStart(15, '0')}`;
}

function traceAttributes({ name = 'agent', conversationId }: RunFacts): Record<string, string> {
  return {
    'langfuse.trace.name': name,
    ...(conversationId === undefined
      ? { 'langfuse.observation.metadata.conversation_id_source': 'missing' }
      : { 'session.id': conversationId }),
  };
}

function times(start: number, end: number): Record<string, string> {
  return { startTimeUnixNano: `${start}000000`, endTimeUnixNano: `${end}000000` };
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A run as the list gets it, for tests of what the page makes of it. */
export function runSummary(changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id: traceIdOf(1),
    name: 'support-agent',
    status: 'completed',
    reason: 'stop',
    level: 'DEFAULT',
    message: null,
    startedAt: firstStart,
    endedAt: firstStart + 1234,
    conversationId: 'chat-1',
    userId: null,
    tags: [],
    environment: 'default',
    tokens: { input: 100, output: 20, total: 120 },
    cost: 0.0013,
    steps: 2,
    missing: 0,
    preview: 'Where is my order?',
    ...changes,
  };
}
