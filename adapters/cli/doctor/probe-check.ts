import {
  createLifecycle,
  type DeliveryReport,
  type Diagnostic,
  readEntries,
  readField,
  readText,
  type Sink,
} from '../../../src/index.ts';
import type { Connection } from '../../langfuse/connection.ts';
import { paths } from '../../langfuse/vocabulary.ts';
import type { Finding } from './finding.ts';

/** What the probe needs. */
export interface ProbeContext {
  readonly connection: Connection;
  /** The wire that the server wants: it also says where to read. */
  readonly wire: 'ingestion' | 'otlp';
  readonly createSink: () => Sink;
  /** How long to look for it, milliseconds. */
  readonly timeoutMs: number;
  readonly wait: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
}

const probeName = 'langfuse-lifecycle doctor';
const conversationId = 'langfuse-lifecycle-doctor';
const sendTimeoutMs = 15_000;
const lookEveryMs = 500;

/** Writes one run as a program would, reads it back, and looks whether it is complete. */
export async function checkProbe(context: ProbeContext): Promise<Finding> {
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink: context.createSink(),
    interruption: false,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  const run = lifecycle.startRun({ name: probeName, input: 'Is anybody there?', conversationId });
  // Asks for the project, so that the address is that of the page.
  run.url();
  run.step({ name: 'listen', kind: 'tool' }, () => 'yes');
  run.complete('yes');
  const report = await lifecycle.shutdown({ timeoutMs: sendTimeoutMs });
  if (report.delivered < 2) return undelivered(report, diagnostics);
  const place = run.url() ?? run.traceId;
  return readBack({ ...context, traceId: run.traceId, place });
}

function undelivered(report: DeliveryReport, diagnostics: readonly Diagnostic[]): Finding {
  const told = diagnostics.find(({ severity }) => severity !== 'info')?.message;
  const counted = `${report.delivered} of 2 observations were delivered`;
  return {
    check: 'probe',
    status: 'failed',
    found: told ?? counted,
    fix: 'Try again; if it stays, look at the logs of the server and of what stands before it.',
  };
}

interface Reading extends ProbeContext {
  readonly traceId: string;
  readonly place: string;
}

async function readBack(reading: Reading): Promise<Finding> {
  const { connection, timeoutMs, wait, place, wire } = reading;
  const writtenAt = connection.now();
  while (connection.now() - writtenAt < timeoutMs) {
    const missing = missingFrom(await ask(reading), wire);
    if (missing !== 'not there yet') {
      const seconds = ((connection.now() - writtenAt) / 1_000).toFixed(1);
      const how = `a run was written over ${wire} and read back after ${seconds} s: ${place}`;
      return missing.length === 0
        ? { check: 'probe', status: 'ok', found: how }
        : {
            check: 'probe',
            status: 'failed',
            found: `${how}; it came back without ${missing.join(', ')}`,
            fix: 'Something between rewrites traces, or the server is of a kind that is not known: please report it with the server version.',
          };
    }
    await wait(lookEveryMs);
  }
  return {
    check: 'probe',
    status: 'failed',
    found: `the server took a run and does not show it after ${timeoutMs / 1_000} s: ${place}`,
    fix: 'On your own server: is the worker running, and does it reach Redis, the object store and ClickHouse? Else look at the address in a minute.',
  };
}

async function ask({ connection, wire, traceId, signal }: Reading): Promise<unknown> {
  const path =
    wire === 'otlp'
      ? `${paths.observations}?traceId=${traceId}&fields=core,basic,io,metadata&expandMetadata=status`
      : `${paths.traces}/${traceId}`;
  const answer = await connection.http.get(path, { signal });
  return answer.type === 'answer' && answer.status === 200 ? answer.json : undefined;
}

function missingFrom(
  json: unknown,
  wire: ProbeContext['wire'],
): 'not there yet' | readonly string[] {
  const row =
    wire === 'otlp'
      ? readEntries(readField(json, 'data'), 100).find(
          (entry) => readField(entry, 'isRootObservation') === true,
        )
      : json;
  // A trace that is there before its end has arrived is not there yet.
  const status = readText(readField(row, 'metadata'), 'status');
  if (row === undefined || status === undefined || status === 'in_progress') return 'not there yet';
  const expected = {
    name: readText(row, 'name') === probeName,
    input: isPresent(readField(row, 'input')),
    output: isPresent(readField(row, 'output')),
    'conversation id': readText(row, 'sessionId') === conversationId,
  };
  return Object.entries(expected)
    .filter(([, isThere]) => !isThere)
    .map(([what]) => what);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}
