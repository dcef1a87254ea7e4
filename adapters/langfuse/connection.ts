import {
  type Clock,
  type Diagnostic,
  type DiagnosticCode,
  type DiagnosticListener,
  type SinkContext,
  systemClock,
} from '../../src/index.ts';
import type { LangfuseSettings } from './config.ts';
import { createHttpClient, type HttpClient } from './http.ts';

/** One Langfuse as its sinks see it: how to reach it, and whom to tell what went wrong. */
export interface Connection {
  readonly settings: LangfuseSettings;
  readonly http: HttpClient;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Passes a diagnostic on. */
  tell(diagnostic: Diagnostic): void;
  /** Passes a problem on once; the next of the same code only after `recovered()`. */
  tellProblem(problem: Problem): void;
  /** The server took something: what goes wrong from now on is new. */
  recovered(): void;
  /** Connects it with the lifecycle that it serves. */
  attach(context: SinkContext): void;
}

/** Something that keeps records from being delivered now. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** A connection that has not sent anything yet. */
export function createConnection(settings: LangfuseSettings): Connection {
  const told = new Set<DiagnosticCode>();
  let clock: Clock = systemClock;
  let diagnose: DiagnosticListener | undefined;
  return {
    settings,
    http: createHttpClient(settings),
    now: () => clock.now(),
    tell: (diagnostic) => diagnose?.(diagnostic),
    tellProblem({ code, message }) {
      if (told.has(code)) return;
      told.add(code);
      diagnose?.({ code, severity: 'error', message });
    },
    recovered: () => told.clear(),
    attach(context) {
      clock = context.clock;
      diagnose = context.diagnose;
      for (const message of settings.notices)
        context.diagnose({ code: 'wire', severity: 'warning', message });
    },
  };
}
