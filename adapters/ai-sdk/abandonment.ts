import type { ErrorFacts } from '../../src/index.ts';
import {
  isStream,
  type OpenRun,
  partialOutputOf,
  subscribedRun,
  type Subscription,
} from './open-runs.ts';
import { toAbandonment, toNeverEnded } from './run-ending.ts';
import { closeRun, failCompleted } from './run-events.ts';
import {
  createStreamReaders,
  departureOf,
  releaseReaders,
  type StreamReaders,
} from './stream-readers.ts';

const unread: ErrorFacts = {
  type: 'StreamAbandoned',
  message: 'nobody reads the stream any more',
};

/** Ends the run of a subscription that nothing is left to go on with. The SDK does not tell of it. */
export function endUnreachable(subscription: Subscription): void {
  const { recording, readers } = subscription;
  subscription.unwatch?.();
  if (subscription.isShared === true) return;
  // They know how it was left.
  if (readers !== undefined) releaseReaders(readers);
  const run = subscribedRun(subscription);
  if (run === undefined) return;
  if (isStream(run)) abandon(run, unread);
  else closeRun(recording, run, { event: undefined, ending: toNeverEnded(partialOutputOf(run)) });
}

/** Follows who reads the stream of a call, from now on. */
export function observeReaders(subscription: Subscription): StreamReaders {
  const { recording } = subscription;
  const { port } = recording;
  subscription.unwatch = port.beforeEnding(() => settle(subscription));
  const readers = createStreamReaders(port, {
    firstChunk(completionStartTime) {
      const run = subscribedRun(subscription);
      if (run === undefined) return;
      const timestamp = completionStartTime;
      port.emit({ type: 'run-update', runId: run.runId, timestamp, completionStartTime });
    },
    gone(departure) {
      const run = subscribedRun(subscription);
      if (run !== undefined) abandon(run, departure);
    },
    failed(error) {
      const { callId } = subscription;
      if (callId !== undefined) failCompleted(recording, callId, error);
    },
  });
  subscription.readers = readers;
  return readers;
}

/** Somebody is about to end what is open: a stream that its reader has left was abandoned. */
function settle(subscription: Subscription): void {
  const { port } = subscription.recording;
  const run = subscribedRun(subscription);
  const departure = subscription.readers && departureOf(subscription.readers);
  if (run === undefined) return;
  if (departure !== undefined) {
    abandon(run, departure);
    return;
  }
  const output = partialOutputOf(run);
  if (output !== undefined)
    port.emit({ type: 'run-update', runId: run.runId, timestamp: port.now(), output });
}

function abandon(run: OpenRun, departure: ErrorFacts): void {
  const ending = toAbandonment(departure, partialOutputOf(run));
  closeRun(run.subscription.recording, run, { event: undefined, ending });
}

const collected = new FinalizationRegistry<() => void>((tell) => tell());

/** Calls `tell` some time after nothing holds `token` any more. `tell` must not lead to it. */
export function onUnreachable(token: object, tell: () => void): void {
  collected.register(token, tell);
}
