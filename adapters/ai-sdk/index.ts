export { lifecycleTelemetry, type LifecycleTelemetryOptions } from './lifecycle-telemetry.ts';
export { observeStream } from './observed-stream.ts';
export type {
  AiSdkTelemetry,
  CallCallbacks,
  TelemetryCallback,
  TelemetryExecution,
} from './telemetry.ts';
