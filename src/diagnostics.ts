/** Why something that was to be delivered was not. A closed list: every loss is counted under one of these. */
export type DropReason =
  | 'disabled'
  | 'invalid_event'
  | 'late_ending'
  | 'memory_limit'
  | 'rejected'
  | 'too_large'
  | 'closed';

/** What a diagnostic is about. */
export type DiagnosticCode =
  | 'disabled'
  | 'invalid_event'
  | 'event_without_run'
  | 'duplicate_event'
  | 'late_event'
  | 'late_ending'
  | 'conversation_conflict'
  | 'memory_limit'
  | 'unauthorized'
  | 'unreachable'
  | 'server_error'
  | 'rejected'
  | 'too_large'
  | 'wire'
  | 'closed'
  | 'journal'
  | 'internal';

/** Something that went wrong or that a person should know. Never holds a secret, a payload or a host object. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'info' | 'warning' | 'error';
  /** What happened, to which run, what was expected, what to do. */
  readonly message: string;
  readonly runId?: string;
}

/** Where diagnostics go. It may throw; nobody is hurt by that. */
export type DiagnosticListener = (diagnostic: Diagnostic) => void;

const steering = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/**
 * The listener used when `onDiagnostic` is not given: writes the first warning or error of each code to stderr
 * and stays quiet about the rest, so that an outage is one line and not a flood. Names of runs and words of a server are
 * in the messages: what would break the line or steer a terminal is a space.
 */
export function printFirstOfEach(): DiagnosticListener {
  const printed = new Set<DiagnosticCode>();
  return (diagnostic) => {
    if (diagnostic.severity === 'info' || printed.has(diagnostic.code)) return;
    printed.add(diagnostic.code);
    process.stderr.write(`[langfuse-lifecycle] ${diagnostic.message.replaceAll(steering, ' ')}\n`);
  };
}

/** `listener`, made safe: what it throws is swallowed, because telemetry may not hurt its host. */
export function guarded(listener: DiagnosticListener): DiagnosticListener {
  return (diagnostic) => {
    try {
      listener(diagnostic);
    } catch {
      // A listener's own fault must not reach the traced program.
    }
  };
}
