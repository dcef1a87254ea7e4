import { endUnreachable, onUnreachable } from './abandonment.ts';
import { type CallToken, createCallbacks } from './callbacks.ts';
import type { Subscription } from './open-runs.ts';
import type { Recording } from './recording.ts';
import { offerSubscription } from './stream-claims.ts';
import { type AiSdkTelemetry, callbackNames, type CallCallbacks } from './telemetry.ts';

/** What one call has read of an integration: the SDK reads its callbacks once, all together, when a call is made. */
interface Reading {
  readonly callbacks: CallCallbacks;
  readonly names: Set<string>;
  last?: string;
}

interface Readings {
  readonly recording: Recording;
  /** The one that goes on in this piece of synchronous code. */
  current: Reading | undefined;
}

/**
 * An integration that gives each call callbacks of its own. The SDK lets go of them when nothing can go on with the call:
 * that is how an abandoned stream is noticed.
 */
export function createIntegration(recording: Recording): AiSdkTelemetry {
  const readings: Readings = { recording, current: undefined };
  const integration: AiSdkTelemetry = {};
  for (const name of [...callbackNames, 'executeLanguageModelCall', 'executeTool'] as const) {
    Object.defineProperty(integration, name, {
      get: () => readCallback(readings, name),
      enumerable: true,
      configurable: true,
    });
  }
  return integration;
}

function readCallback<Name extends keyof CallCallbacks>(
  readings: Readings,
  name: Name,
): CallCallbacks[Name] {
  const { current } = readings;
  // Asked for the same again at once, it is registered twice; asked again later, for another call.
  const isAnother = current?.names.has(name) === true && current.last !== name;
  const reading = current === undefined || isAnother ? beginReading(readings) : current;
  reading.names.add(name);
  reading.last = name;
  return reading.callbacks[name];
}

function beginReading(readings: Readings): Reading {
  const subscription: Subscription = { recording: readings.recording };
  const token: CallToken = { subscription };
  const reading: Reading = { callbacks: createCallbacks(token), names: new Set() };
  readings.current = reading;
  offerSubscription(subscription, reading.names);
  endReading(readings, reading, new WeakRef(token));
  return reading;
}

// Apart from where the token is made: what a function holds is everything that the functions beside it name.
function endReading(readings: Readings, reading: Reading, weak: WeakRef<CallToken>): void {
  queueMicrotask(() => {
    if (readings.current === reading) readings.current = undefined;
    watchToken(weak, reading.names);
  });
}

function watchToken(weak: WeakRef<CallToken>, names: ReadonlySet<string>): void {
  const token = weak.deref();
  // Something between the SDK and us may read a callback per event: those say nothing of the call.
  if (token === undefined || !names.has('onStart') || !names.has('onEnd')) return;
  onUnreachable(token, unreachableTeller(token.subscription));
}

// Made apart: a subscription must not hold its token, and a closure beside the token would.
function unreachableTeller(subscription: Subscription): () => void {
  return () => endUnreachable(subscription);
}
