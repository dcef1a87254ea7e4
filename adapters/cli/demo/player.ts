import { isBlank } from '../../../mocks/completeness.ts';
import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import {
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleRecord,
} from '../../../src/index.ts';
import { missingFromRun, type Row } from './completeness-table.ts';
import { runInterrupted } from './interrupted-process.ts';
import type { Paint } from '../terminal/paint.ts';
import { toRecordedTrace } from './recorded-trace.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { InterruptedScenario, OwnScenario, Scenario } from './scenarios.ts';
import type { Stage } from './stage.ts';
import { cutText } from '../terminal/table.ts';

/** Runs scenarios on one stage. */
export interface Player {
  /** What the runs of this process go through. */
  readonly lifecycle: Lifecycle;
  play(scenario: Scenario): Promise<Played>;
}

/** A scenario after its end. */
export interface Played {
  readonly scenario: Scenario;
  readonly row: Row;
  /** How the process of the run ended, if it had one of its own. */
  readonly exit?: string;
  /** Where a person looks at the trace, if it cannot be shown here. */
  readonly url?: string | undefined;
}

/** What a player needs besides its stage. */
export interface PlayerOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** How long to wait until a run has arrived, milliseconds. Default 10,000. */
  readonly deliveryTimeoutMs?: number | undefined;
}

// Short enough that every run is still open at a tick: its start shows on the server before its end.
const flushIntervalMs = 50;

/** Makes a player whose lifecycle sends to the stage. */
export function createPlayer(stage: Stage, options: PlayerOptions): Player {
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

  async function playHere(scenario: OwnScenario): Promise<Played> {
    const before = recorder.endedTraceIds.length;
    await scenario.start(lifecycle).catch(() => {
      // The ending is read from the trace; that is what the demo is about.
    });
    await lifecycle.flush({ timeoutMs: deliveryTimeoutMs });
    const traceId = recorder.endedTraceIds[before];
    const trace = traceId === undefined ? undefined : readTrace(stage, recorder, traceId);
    return {
      scenario,
      row: {
        wire: stage.wire,
        scenario: scenario.name,
        found: trace === undefined ? { type: 'nothing' } : { type: 'trace', trace },
        seenOpen: isInitialised(openTraces.get(traceId ?? '')),
        missing: missingFromRun(trace, scenario.expected),
      },
      url: stage.read === undefined ? toUrl(recorder, traceId) : undefined,
    };
  }

  return {
    lifecycle,
    play(scenario) {
      switch (scenario.place) {
        case 'this process':
          return playHere(scenario);
        case 'another process':
          return playThere(scenario, { stage, recorder });
        default:
          return scenario satisfies never;
      }
    },
  };
}

async function playThere(
  scenario: InterruptedScenario,
  { stage, recorder }: { readonly stage: Stage; readonly recorder: Recorder },
): Promise<Played> {
  let traceId: string | undefined;
  let seenOpen = false;
  const { exit, errors } = await runInterrupted(scenario.order, {
    env: stage.env,
    onReady(message) {
      traceId = message.traceId;
      seenOpen =
        stage.read === undefined ? message.isDelivered : isInitialised(stage.read(traceId));
    },
  });
  const found = findThere(stage, traceId);
  const trace = found.type === 'trace' ? found.trace : undefined;
  return {
    scenario,
    row: {
      wire: stage.wire,
      scenario: scenario.name,
      found,
      seenOpen,
      missing: [
        ...missingFromProcess({ exit, errors }, scenario),
        ...(found.type === 'unread' ? [] : missingFromRun(trace, scenario.expected)),
      ],
    },
    exit,
    url: found.type === 'unread' ? toUrl(recorder, traceId) : undefined,
  };
}

function findThere({ read }: Stage, traceId: string | undefined): Row['found'] {
  if (traceId === undefined) return { type: 'nothing' };
  if (read === undefined) return { type: 'unread' };
  const trace = read(traceId);
  return trace === undefined ? { type: 'nothing' } : { type: 'trace', trace };
}

function missingFromProcess(
  { exit, errors }: { readonly exit: string; readonly errors: string },
  scenario: InterruptedScenario,
): readonly string[] {
  if (exit === scenario.exit) return [];
  const said = errors.trim() === '' ? '' : `; it said: ${cutText(errors, 300)}`;
  return [`process: expected its end with ${scenario.exit}, found ${exit}${said}`];
}

function toUrl(recorder: Recorder, traceId: string | undefined): string | undefined {
  return traceId === undefined ? undefined : recorder.traceUrl?.(traceId);
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

function toDiagnosticText({ severity, message }: Diagnostic, paint: Paint): string {
  return severity === 'info'
    ? ''
    : `${paint(severity === 'error' ? 'red' : 'yellow', severity)}: ${message}\n`;
}
