/** Why a run that reached its goal stopped. */
export type CompletedReason = 'stop' | 'length' | 'stop_condition' | 'fallback';

/** Why a run did not reach its goal. */
export type ErrorReason =
  | 'exception'
  | 'model_error'
  | 'tool_error'
  | 'invalid_output'
  | 'invalid_input'
  | 'content_filter'
  | 'guardrail'
  | 'timeout'
  | 'max_iterations'
  | 'aborted'
  | 'stream_abandoned'
  | 'interrupted'
  | 'never_ended';

/** What a suspended run waits for. */
export type SuspendedReason = 'approval_required' | 'input_required' | 'client_tool' | 'checkpoint';

const completedReasons: readonly CompletedReason[] = [
  'stop',
  'length',
  'stop_condition',
  'fallback',
];

const errorReasons: readonly ErrorReason[] = [
  'exception',
  'model_error',
  'tool_error',
  'invalid_output',
  'invalid_input',
  'content_filter',
  'guardrail',
  'timeout',
  'max_iterations',
  'aborted',
  'stream_abandoned',
  'interrupted',
  'never_ended',
];

const suspendedReasons: readonly SuspendedReason[] = [
  'approval_required',
  'input_required',
  'client_tool',
  'checkpoint',
];

/** All reasons, by status. */
export const reasonsByStatus: {
  readonly completed: readonly CompletedReason[];
  readonly error: readonly ErrorReason[];
  readonly suspended: readonly SuspendedReason[];
} = { completed: completedReasons, error: errorReasons, suspended: suspendedReasons };

/** An error as plain facts; the same shape for every error, whoever threw it. */
export interface ErrorFacts {
  /** The error's class or name; `Error` when unknown, the JavaScript type for a thrown non-error. */
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: ErrorFacts;
  /** The parts of an `AggregateError`. */
  readonly errors?: readonly ErrorFacts[];
}

/** What a bounded reason-act loop knows when it gives up. */
export interface ReactFacts {
  readonly iterations: number;
  readonly maxIterations: number;
  readonly toolsUsed: readonly string[];
  readonly lastObservation?: unknown;
}

/** How a run ended. */
export type Ending =
  | { readonly status: 'completed'; readonly reason: CompletedReason; readonly output?: unknown }
  | {
      readonly status: 'error';
      readonly reason: ErrorReason;
      readonly error: ErrorFacts;
      /** What had been produced before it went wrong. */
      readonly partialOutput?: unknown;
      readonly react?: ReactFacts;
    }
  | {
      readonly status: 'suspended';
      readonly reason: SuspendedReason;
      readonly pending: readonly unknown[];
    };

/**
 * How much a later ending weighs against an earlier one: only a heavier one replaces it, and only before hand-over.
 *
 * Frameworks often report two (an abort, then a generic error; an end, then a failed validation); the heavier is
 * the one that explains the other. `never_ended` weighs least, because it only says that nobody told.
 */
export function severity(ending: Pick<Ending, 'status' | 'reason'>): number {
  switch (ending.status) {
    case 'completed':
      return 1;
    case 'suspended':
      return 2;
    case 'error':
      return errorSeverity(ending.reason as ErrorReason);
    default:
      return ending.status satisfies never;
  }
}

function errorSeverity(reason: ErrorReason): number {
  switch (reason) {
    case 'never_ended':
      return 0;
    case 'max_iterations':
      return 2;
    case 'aborted':
    case 'stream_abandoned':
      return 4;
    default:
      return 3;
  }
}

/** The caller's own choice is a warning, anything else that fails is an error. */
export function levelOf(
  ending: Pick<Ending, 'status' | 'reason'>,
): 'DEFAULT' | 'WARNING' | 'ERROR' {
  if (ending.status !== 'error') return 'DEFAULT';
  return ending.reason === 'aborted' || ending.reason === 'stream_abandoned' ? 'WARNING' : 'ERROR';
}
