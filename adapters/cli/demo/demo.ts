import {
  createLifecycle,
  type DeliveryReport,
  type Diagnostic,
  type Lifecycle,
  type LifecycleRecord,
} from '../../../src/index.ts';
import { isBlank } from '../../../mocks/completeness.ts';
import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { missingFromRun, type Row, toCompletenessLines } from './completeness-table.ts';
import type { Paint } from './paint.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { toRecordedTrace } from './recorded-trace.ts';
import type { Scenario } from './scenarios.ts';
import type { OpenStage, Stage } from './stage.ts';
import { toTreeLines } from './tree.ts';

/** What the demo runs, where, and how it speaks. */
export interface DemoOptions {
  readonly scenarios: readonly Scenario[];
  readonly stages: readonly OpenStage[];
  /** Takes the text as it comes, lines with their ends. */
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** How long to wait until a run has arrived, milliseconds. Default 10,000. */
  readonly deliveryTimeoutMs?: number | undefined;
}

/** What came of it. */
export interface DemoReport {
  /** One for each wire and ending, in the order of running. */
  readonly rows: readonly Row[];
  /** Whether every parent is complete and every observation was delivered. */
  readonly isComplete: boolean;
}

const lineWidth = 118;
// Short enough that every run is still open at a tick: its start shows on the server before its end.
const flushIntervalMs = 50;

/** Runs every scenario on every stage, one after the other, and prints the traces and what is complete. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { stages, write, paint } = options;
  const plays: Play[] = [];
  for (const open of stages) {
    // oxlint-disable-next-line no-await-in-loop -- the stages are shown one after the other
    plays.push(await playStage(await open(), options));
  }
  const rows = plays.flatMap((play) => play.rows);
  const lines = [
    ...toCompletenessLines(rows, paint),
    ...toComplaints(rows, paint),
    toTotal(rows, paint),
  ];
  write(`\n${lines.join('\n')}\n`);
  const isComplete =
    rows.every(({ missing }) => missing.length === 0) &&
    plays.every(({ delivery }) => isWhole(delivery));
  return { rows, isComplete };
}

interface Play {
  readonly rows: readonly Row[];
  readonly delivery: DeliveryReport;
}

async function playStage(stage: Stage, options: DemoOptions): Promise<Play> {
  const { write, paint, scenarios } = options;
  const player = createPlayer(stage, options);
  const rows: Row[] = [];
  write(`\n${paint('bold', stage.wire)}  ${stage.description}\n`);
  try {
    for (const scenario of scenarios) {
      // oxlint-disable-next-line no-await-in-loop -- what is printed belongs to one run at a time
      const row = await player.play(scenario);
      rows.push(row);
      if (row.trace === undefined) {
        write(`${paint('red', 'Nothing arrives there; the other runs are left out.')}\n`);
        break;
      }
    }
    const delivery = await player.lifecycle.shutdown({ timeoutMs: 1_000 });
    write(`\n${paint(isWhole(delivery) ? 'dim' : 'red', toDeliveryText(delivery))}\n`);
    return { rows, delivery };
  } finally {
    await stage.close();
  }
}

interface Player {
  readonly lifecycle: Lifecycle;
  play(scenario: Scenario): Promise<Row>;
}

function createPlayer(stage: Stage, options: DemoOptions): Player {
  const { write, paint, deliveryTimeoutMs = 10_000 } = options;
  const openTraces = new Map<string, FakeTrace>();
  const recorder = createRecorder(stage.sink, {
    onOpenParent({ trace: { traceId } }: LifecycleRecord) {
      // Asked for early, so that the whole address is known when it is printed.
      recorder.traceUrl?.(traceId);
      const trace = readTrace(stage, recorder, traceId);
      if (trace !== undefined) openTraces.set(traceId, trace);
    },
  });
  const lifecycle = createLifecycle({
    sink: recorder,
    limits: { flushIntervalMs },
    onDiagnostic: (diagnostic) => write(toDiagnosticText(diagnostic, paint)),
  });
  return {
    lifecycle,
    async play(scenario) {
      const before = recorder.endedTraceIds.length;
      await scenario.start(lifecycle).catch(() => {
        // The ending is read from the trace; that is what the demo is about.
      });
      await lifecycle.flush({ timeoutMs: deliveryTimeoutMs });
      const traceId = recorder.endedTraceIds[before];
      const trace = traceId === undefined ? undefined : readTrace(stage, recorder, traceId);
      const row: Row = {
        wire: stage.wire,
        scenario: scenario.name,
        ...(trace !== undefined && { trace }),
        seenOpen: isInitialised(openTraces.get(traceId ?? '')),
        missing: missingFromRun(trace, scenario.expected),
      };
      const url =
        stage.read === undefined && traceId !== undefined
          ? recorder.traceUrl?.(traceId)
          : undefined;
      write(toRunText({ scenario, row, url }, paint));
      return row;
    },
  };
}

function readTrace(stage: Stage, recorder: Recorder, traceId: string): FakeTrace | undefined {
  return stage.read === undefined
    ? toRecordedTrace(recorder.delivered, traceId)
    : stage.read(traceId);
}

/** What Langfuse has to hear first: a name, an input, a conversation, and that the run is not over. */
function isInitialised(trace: FakeTrace | undefined): boolean {
  if (trace === undefined) return false;
  const first = trace.observations[0];
  const isOpen = trace.observations.every(({ isRoot, endTime }) => !isRoot || endTime === null);
  return isOpen && ![trace.name, trace.sessionId, trace.input ?? first?.input].some(isBlank);
}

interface Told {
  readonly scenario: Scenario;
  readonly row: Row;
  readonly url: string | undefined;
}

function toRunText({ scenario, row, url }: Told, paint: Paint): string {
  const title = `${paint('bold', scenario.name)}  ${paint('dim', scenario.story)}`;
  const tree =
    row.trace === undefined
      ? ['(no trace)']
      : toTreeLines(row.trace, { paint, width: lineWidth - 2 });
  const link = url === undefined ? [] : [paint('cyan', url)];
  return `\n${title}\n${[...tree, ...link].map((line) => `  ${line}`).join('\n')}\n`;
}

function toDiagnosticText({ severity, message }: Diagnostic, paint: Paint): string {
  return severity === 'info'
    ? ''
    : `${paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${message}\n`;
}

function isWhole({ pending, dropped }: DeliveryReport): boolean {
  return pending === 0 && Object.keys(dropped).length === 0;
}

function toDeliveryText({ delivered, pending, dropped }: DeliveryReport): string {
  const losses = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  const lost = losses.length === 0 ? 'none dropped' : `dropped: ${losses.join(', ')}`;
  return `${delivered} observations delivered, ${pending} pending, ${lost}`;
}

function toComplaints(rows: readonly Row[], paint: Paint): readonly string[] {
  const complaints = rows.flatMap(({ wire, scenario, missing }) =>
    missing.map((sentence) => `${paint('red', '✗')} ${wire}, ${scenario}: ${sentence}`),
  );
  return complaints.length === 0 ? [] : ['', ...complaints];
}

function toTotal(rows: readonly Row[], paint: Paint): string {
  const complete = rows.filter(({ missing }) => missing.length === 0).length;
  const observations = rows.reduce((sum, { trace }) => sum + (trace?.observations.length ?? 0), 0);
  const style = complete === rows.length ? 'green' : 'red';
  return `\n${paint(style, `${complete} of ${rows.length} parents complete`)}, ${observations} observations in all.`;
}
