import type { Ending } from './ending.ts';
import type { RunEnding, RunState } from './lifecycle-state.ts';
import { noConflict, noMetadata } from './run-facts.ts';

/** What is remembered of a run whose ending the wire has: enough to recognise what comes late, no payload. */
export interface SentRun {
  readonly spanId: string;
  readonly parent: RunState['parent'];
  readonly trace: RunState['trace'];
  readonly name: string;
  readonly start: RunState['start'];
  readonly ending: Ending;
  readonly endTime: number;
}

/** The run without what can no longer change. */
export function toSentRun(run: RunState, { ending, time }: RunEnding): SentRun {
  const { spanId, parent, trace, name, start } = run;
  return { spanId, parent, trace, name, start, ending: withoutPayload(ending), endTime: time };
}

/** Whether that is all that is known of the run. */
export function isSent(run: RunState | SentRun): run is SentRun {
  return 'endTime' in run;
}

/** The run as the rules look at it; what none of them asks of a run that was sent has a value of no meaning. */
export function toRunState(runId: string, sent: SentRun): RunState {
  const { spanId, parent, trace, name, start, ending, endTime } = sent;
  return {
    runId,
    spanId,
    ...(parent !== undefined && { parent }),
    trace,
    kind: 'agent',
    name,
    startTime: endTime,
    start,
    metadata: noMetadata,
    conversationSource: 'missing',
    conversationConflict: noConflict,
    ended: { ending, time: endTime },
    handedOver: true,
    size: 0,
  };
}

// How nearly all of those end that are remembered.
const stopped: Ending = { status: 'completed', reason: 'stop' };

function withoutPayload(ending: Ending): Ending {
  switch (ending.status) {
    case 'completed':
      return ending.reason === 'stop' ? stopped : { status: 'completed', reason: ending.reason };
    case 'suspended':
      return { status: 'suspended', reason: ending.reason, pending: [] };
    case 'error':
      return {
        status: 'error',
        reason: ending.reason,
        error: { type: ending.error.type, message: '' },
      };
    default:
      return ending satisfies never;
  }
}
