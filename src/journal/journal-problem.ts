import type { DiagnosticCode, DiagnosticListener } from '../diagnostics.ts';

/** What can be wrong with a journal. */
export type JournalProblem =
  | 'unusable'
  | 'unwritable'
  | 'full'
  | 'too_long'
  | 'disowned'
  | 'uncompacted'
  | 'unreadable'
  | 'unclaimable'
  | 'foreign'
  | 'version'
  | 'damaged'
  | 'internal';

/** Says what happened, once per kind; `error` adds the cause. */
export type TellProblem = (problem: JournalProblem, what: string, error?: unknown) => void;

const journalCode: DiagnosticCode = 'journal';

/** Reports the first problem of each kind, so that a full disk is one line and not a flood. */
export function tellOnce(diagnose: DiagnosticListener): TellProblem {
  const told = new Set<JournalProblem>();
  return (problem, what, error) => {
    if (told.has(problem)) return;
    told.add(problem);
    const severity = problem === 'foreign' ? 'info' : 'warning';
    diagnose({
      code: journalCode,
      severity,
      message: error === undefined ? what : `${what} (${describe(error)}).`,
    });
  };
}

// The message of a file system error repeats the path; its code says what to do.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
