import { adapterPort, ConfigError, type Lifecycle } from '../../src/index.ts';
import { type CallSettings, createRecording } from './recording.ts';
import { createIntegration } from './subscriptions.ts';
import type { AiSdkTelemetry } from './telemetry.ts';

/** What may be said of the calls of the SDK. */
export interface LifecycleTelemetryOptions {
  /**
   * The limit of steps that your `stopWhen` sets: one for all, or one per `functionId`. With it a stop at the limit is
   * told from every other stop with certainty; see `docs/frameworks.md` for what is told without it. At least 1.
   */
  readonly maxSteps?: number | Readonly<Record<string, number>>;
  /**
   * The signal of the one call that the integration is for (`telemetry.integrations`). `generateText` rejects with the
   * reason of an abort, and when you chose that reason yourself only the signal tells an abort from a failure.
   */
  readonly signal?: AbortSignal;
}

/**
 * The telemetry integration that makes each call of the AI SDK a run: `registerTelemetry(lifecycleTelemetry(lifecycle))`
 * once, or `telemetry: { integrations: lifecycleTelemetry(lifecycle) }` in one call.
 *
 * @throws {ConfigError} when `lifecycle` was not made by `createLifecycle`, or a limit of steps is no positive integer.
 */
export function lifecycleTelemetry(
  lifecycle: Lifecycle,
  options: LifecycleTelemetryOptions = {},
): AiSdkTelemetry {
  const port = adapterPort(lifecycle);
  const { maxSteps, signal } = options;
  checkLimits(maxSteps);
  if (!port.isRecording) return {};
  return createIntegration(createRecording(port, { signal, maxStepsOf: toMaxStepsOf(maxSteps) }));
}

function checkLimits(maxSteps: LifecycleTelemetryOptions['maxSteps']): void {
  const limits: readonly unknown[] =
    typeof maxSteps === 'object' ? Object.values(maxSteps) : [maxSteps ?? 1];
  const wrong = limits.find((limit) => !Number.isSafeInteger(limit) || Number(limit) < 1);
  if (wrong !== undefined || limits.includes(undefined))
    throw new ConfigError(
      `maxSteps: expected a positive integer, or one per functionId, received ${String(wrong)}. Leave it out when no limit is known.`,
    );
}

function toMaxStepsOf(maxSteps: LifecycleTelemetryOptions['maxSteps']): CallSettings['maxStepsOf'] {
  if (typeof maxSteps !== 'object') return () => maxSteps;
  return (functionId) =>
    functionId !== undefined && Object.hasOwn(maxSteps, functionId)
      ? maxSteps[functionId]
      : undefined;
}
