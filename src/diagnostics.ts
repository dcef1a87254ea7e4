import { toPrintableLine } from './printable-line.ts';

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

/** Something that went wrong or that a person should know. Never holds a secret, a payload or a host object; one line. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'info' | 'warning' | 'error';
  /** What happened, to which run, what was expected, what to do. */
  readonly message: string;
  readonly runId?: string;
}

/** Where diagnostics go. It may throw; nobody is hurt by that. */
export type DiagnosticListener = (diagnostic: Diagnostic) => void;

/**
 * The listener used when `onDiagnostic` is not given: writes the first warning or error of each code to stderr
 * and stays quiet about the rest, so that an outage is one line and not a flood.
 */
export function printFirstOfEach(): DiagnosticListener {
  const printed = new Set<DiagnosticCode>();
  return (diagnostic) => {
    if (diagnostic.severity === 'info' || printed.has(diagnostic.code)) return;
    printed.add(diagnostic.code);
    process.stderr.write(`[langfuse-lifecycle] ${diagnostic.message}\n`);
  };
}

/**
 * `listener`, made safe: what it throws is swallowed, because telemetry may not hurt its host, and what it hears can be
 * written to a log or a terminal as it is.
 */
export function guarded(listener: DiagnosticListener): DiagnosticListener {
  return (diagnostic) => {
    try {
      listener(toPrintable(diagnostic));
    } catch {
      // A listener's own fault must not reach the traced program.
    }
  };
}

// A name, an id or a server's answer in a message must not look like a line of its own.
function toPrintable(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, message: toPrintableLine(diagnostic.message) };
}
