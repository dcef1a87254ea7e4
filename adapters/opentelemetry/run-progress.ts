import type { ObservationKind } from '../../src/index.ts';
import type { RecordedError } from './recorded-error.ts';

/** What was seen inside a run while it was open. */
export interface RunProgress {
  /** Names of the tools that ended, in order; at most 100. */
  readonly toolsUsed: readonly string[];
  /** What the last tool gave. */
  readonly lastObservation?: unknown;
  /** How the last call of a model ended. */
  readonly lastGeneration?: { readonly error?: RecordedError; readonly finishReason?: string };
  /** The last step that failed. */
  readonly lastFailure?: { readonly kind: ObservationKind; readonly error: RecordedError };
}

/** What is noted of a step that ended. */
export interface EndedStep {
  readonly name: string;
  readonly kind: ObservationKind;
  readonly output: unknown;
  readonly error: RecordedError | undefined;
  readonly finishReason: string | undefined;
}

const maxToolNames = 100;

/** Nothing has been seen. */
export const noProgress: RunProgress = { toolsUsed: [] };

/** With what a step showed that ended. */
export function withStep(
  seen: RunProgress,
  { name, kind, output, error, finishReason }: EndedStep,
): RunProgress {
  return {
    ...seen,
    ...(kind === 'tool' && {
      toolsUsed: [...seen.toolsUsed, name].slice(0, maxToolNames),
      ...(output !== undefined && { lastObservation: output }),
    }),
    ...(kind === 'generation' && {
      lastGeneration: {
        ...(error !== undefined && { error }),
        ...(finishReason !== undefined && { finishReason }),
      },
    }),
    // A step around them fails with the same error and says less.
    ...(error !== undefined &&
      (kind === 'generation' || kind === 'tool') && { lastFailure: { kind, error } }),
  };
}

/** What was seen in a run inside counts for the one around, too. */
export function withRun(seen: RunProgress, inner: RunProgress): RunProgress {
  const { lastGeneration = seen.lastGeneration, lastFailure = seen.lastFailure } = inner;
  return {
    ...seen,
    ...(lastGeneration !== undefined && { lastGeneration }),
    ...(lastFailure !== undefined && { lastFailure }),
  };
}
