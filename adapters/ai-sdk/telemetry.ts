/** Receives an event of the SDK; its form is the SDK's and is read with care. */
export type TelemetryCallback = (event: unknown) => void;

/** What the SDK hands over with the function that calls a model or a tool. */
export interface TelemetryExecution<T> {
  readonly callId: string;
  readonly toolCallId?: string;
  readonly toolCall?: unknown;
  readonly execute: () => PromiseLike<T>;
}

/** Events of the SDK, each under the name of its callback. */
export const callbackNames = [
  'onStart',
  'onStepStart',
  'onLanguageModelCallStart',
  'onLanguageModelCallEnd',
  'onToolExecutionStart',
  'onToolExecutionEnd',
  'onStepEnd',
  'onStepError',
  'onObjectStepStart',
  'onObjectStepEnd',
  'onEmbedStart',
  'onEmbedEnd',
  'onRerankStart',
  'onRerankEnd',
  'experimental_onStreamTranscriptionStart',
  'experimental_onStreamTranscriptionEnd',
  'onEnd',
  'onAbort',
  'onError',
] as const;

/** One of them. */
export type CallbackName = (typeof callbackNames)[number];

/** The callbacks of one call. */
export type CallCallbacks = Readonly<Record<CallbackName, TelemetryCallback>> & {
  readonly executeLanguageModelCall: <T>(execution: TelemetryExecution<T>) => PromiseLike<T>;
  readonly executeTool: <T>(execution: TelemetryExecution<T>) => PromiseLike<T>;
};

/** A telemetry integration of the AI SDK: for `registerTelemetry` or `telemetry.integrations`. */
export type AiSdkTelemetry = Partial<CallCallbacks>;
