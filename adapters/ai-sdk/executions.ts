import type { AdapterPort, Place } from '../../src/index.ts';
import type { Calls } from './calls.ts';
import type { TelemetryExecution } from './telemetry.ts';

interface Where {
  readonly port: AdapterPort;
  readonly calls: Calls;
}

/** Calls a model inside its step; what it gives or throws is the SDK's. */
export function executeModel<T>(
  { port, calls }: Where,
  execution: TelemetryExecution<T>,
): PromiseLike<T> {
  const place = placeOf(port, () => {
    const call = calls.find(execution);
    return call && calls.steps.placeOfModel(call);
  });
  const result = run(port, place, execution.execute);
  const tell = (error: unknown): void =>
    port.guard('A failed model call could not be recorded', () => {
      const call = calls.find(execution);
      if (call !== undefined) calls.steps.attemptFailed(call, error);
    });
  // The SDK handles the rejection of what it gets; this one is beside it.
  if (place !== undefined) result.then(undefined, tell);
  return result;
}

/** Calls a tool inside its step, so that an agent which it calls is found there. */
export function executeTool<T>(
  { port, calls }: Where,
  execution: TelemetryExecution<T>,
): PromiseLike<T> {
  const place = placeOf(port, () => {
    const call = calls.find(execution);
    return call && calls.steps.placeOfTool(call, execution);
  });
  return run(port, place, execution.execute);
}

function run<T>(port: AdapterPort, place: Place | undefined, execute: () => T): T {
  return place === undefined ? execute() : port.within(place, execute);
}

function placeOf(port: AdapterPort, find: () => Place | undefined): Place | undefined {
  let place: Place | undefined;
  port.guard('The place of a call could not be found', () => {
    place = find();
  });
  return place;
}
