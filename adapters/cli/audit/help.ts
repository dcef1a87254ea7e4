/** What `audit --help` says below its options. */
export const auditHelp: string = `
Three numbers, in total, by trace name and by day:
  complete  parents with a name, an input, a conversation id, a terminal status, and an output or an error
  stale     runs that began longer ago than --stale-after and have not ended
  orphans   traces with children, but without a parent that anybody announced
A run that began later than --stale-after ago and has not ended is "running" and counts nowhere.

It works on traces of any origin, on Langfuse Cloud and on your own server of any version, with the project of
LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY and LANGFUSE_BASE_URL. Nothing is written. On a v4 server no input and no output
is downloaded. Requests are made one at a time, and a rate limit is waited out. All days are UTC.

Exit codes: 0 measured and every limit kept, 1 a limit not kept or Langfuse cannot be read, 2 wrong usage.

Examples:
  How are we doing?
  $ langfuse-lifecycle audit
  Last week against the week before:
  $ langfuse-lifecycle audit --since 7d --baseline 7d
  Before and after a release, as a page with charts:
  $ langfuse-lifecycle audit --from 2026-11-15 --baseline 2026-11-01/2026-11-08 --html audit.html
  In CI, after the end-to-end tests:
  $ langfuse-lifecycle audit --since 1h --stale-after 10m --min-complete 99.5 --max-stale 0 --markdown`;
