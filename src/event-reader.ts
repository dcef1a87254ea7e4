import type { Clock } from './clock.ts';
import type { DiagnosticListener } from './diagnostics.ts';
import { EventError } from './errors.ts';
import type { LifecycleEvent } from './events.ts';
import { readText } from './foreign-value.ts';
import { parseLifecycleEvent } from './parse-event.ts';
import type { Sanitizer } from './sanitize.ts';

/** Reads what claims to be an event, and says what is wrong with it. Never throws. */
export interface EventReader {
  /** Undefined for what is no event; that is counted and told. */
  read(event: unknown): LifecycleEvent | undefined;
  /** Callers without types pass anything: what a field cannot be is left out and named, the rest is read. */
  withoutBadFields(event: LifecycleEvent): LifecycleEvent | undefined;
}

/** What a reader needs from around it. */
export interface EventReaderPorts {
  readonly clock: Clock;
  readonly sanitizer: Sanitizer;
  readonly diagnose: DiagnosticListener;
  /** Called for each event that is lost. */
  readonly onUnreadable: () => void;
}

// What is no event may have an id of any length.
const longestId = 200;
const longestMessage = 2_000;

/** Makes a reader. */
export function createEventReader(ports: EventReaderPorts): EventReader {
  const { clock, sanitizer, diagnose } = ports;

  function read(event: unknown): LifecycleEvent | undefined {
    try {
      return parseLifecycleEvent(event, clock.now());
    } catch (error) {
      ports.onUnreadable();
      tellInvalid(
        error instanceof EventError ? error.message : 'Not a lifecycle event: it could not be read',
        readText(event, 'runId')?.slice(0, longestId),
      );
      return undefined;
    }
  }

  function tellInvalid(text: string, runId?: string): void {
    const ofRun = runId === undefined ? '' : ` (of the run ${runId})`;
    const message = sanitizer.text(text, longestMessage) + sanitizer.text(ofRun, longestMessage);
    diagnose({
      code: 'invalid_event',
      severity: 'warning',
      message,
      ...(runId !== undefined && { runId }),
    });
  }

  return {
    read,
    withoutBadFields(event) {
      try {
        return parseLifecycleEvent(event, clock.now());
      } catch (error) {
        if (!(error instanceof EventError)) return undefined;
        tellInvalid(error.message, event.runId);
        const bad = new Set(error.issues.map(({ field }) => field.split('.', 1)[0]));
        return read(Object.fromEntries(Object.entries(event).filter(([field]) => !bad.has(field))));
      }
    },
  };
}
