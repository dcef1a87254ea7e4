import type { AdapterPort, Place } from '../../src/index.ts';
import { failAttempt, placeOfModel } from './model-steps.ts';
import type { Recording } from './recording.ts';
import { findRun } from './run-events.ts';
import type { TelemetryExecution } from './telemetry.ts';
import { placeOfTool } from './tool-steps.ts';

/** Calls a model inside its step; what it gives or throws is the SDK's. */
export function executeModel<T>(
  recording: Recording,
  execution: TelemetryExecution<T>,
): PromiseLike<T> {
  const { port } = recording;
  const place = guardedPlace(port, () => {
    const run = findRun(recording, execution);
    return run && placeOfModel(recording, run);
  });
  if (place === undefined) return execution.execute();
  const result = port.within(place, execution.execute);
  // The SDK handles the rejection of what it gets; this one is beside it.
  result.then(undefined, (error: unknown) =>
    port.guard('A failed model call could not be recorded', () => {
      const run = findRun(recording, execution);
      if (run !== undefined) failAttempt(recording, run, error);
    }),
  );
  return result;
}

/** Calls a tool inside its step, so that an agent which it calls is found there. */
export function executeTool<T>(
  recording: Recording,
  execution: TelemetryExecution<T>,
): PromiseLike<T> {
  const { port } = recording;
  const place = guardedPlace(port, () => {
    const run = findRun(recording, execution);
    return run && placeOfTool(run, execution);
  });
  return place === undefined ? execution.execute() : port.within(place, execution.execute);
}

function guardedPlace(port: AdapterPort, find: () => Place | undefined): Place | undefined {
  let place: Place | undefined;
  port.guard('The place of a call could not be found', () => {
    place = find();
  });
  return place;
}
