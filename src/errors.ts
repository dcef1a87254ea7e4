/** Every kind of error that this package throws. */
export type ErrorCode = 'config' | 'event' | 'max_iterations' | 'token';

const marker = Symbol.for('langfuse-lifecycle.error');

/**
 * Base of all errors of this package. `code` is the stable name to branch on.
 *
 * `isInstance` also recognises an error of a second installed copy of the package, where `instanceof` fails.
 */
export class LifecycleError extends Error {
  override readonly name: string = 'LifecycleError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }

  static isInstance(value: unknown): value is LifecycleError {
    try {
      return value instanceof Error && marker in value;
    } catch {
      // A revoked or hostile proxy answers no question.
      return false;
    }
  }
}

/**
 * Thrown at construction only: an option or an environment variable has a form that cannot work.
 * The message says what was expected, what came and what to change; it never holds a secret.
 */
export class ConfigError extends LifecycleError {
  override readonly name = 'ConfigError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('config', message, options);
  }
}

/**
 * Thrown by {@link parseLifecycleEvent}: a value is not a lifecycle event.
 * `issues` names each field; `emit()` reports the same as a diagnostic and does not throw.
 */
export class EventError extends LifecycleError {
  override readonly name = 'EventError';
  readonly issues: readonly EventIssue[];

  constructor(message: string, issues: readonly EventIssue[]) {
    super('event', message);
    this.issues = issues;
  }
}

/** One thing that is wrong with a lifecycle event. */
export interface EventIssue {
  /** Dotted path of the field, for example `usage.input`; empty for the event as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly received: string;
}
