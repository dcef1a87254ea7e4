import { type MockLangfuse, mockLangfuse, type MockLangfuseOptions } from '../../mocks/node.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import { startedAtMs } from '../mocks/fake-requests.ts';
import { type AuditCall, auditReport, type AuditRun, runAudit } from './audit-run.ts';
import type { AuditReport } from '../../adapters/cli/audit/report/report.ts';

/** A fake Langfuse behind MSW, a clock, and the audit of what is in it. */
export interface AuditBench {
  readonly mock: MockLangfuse;
  readonly clock: ManualClock;
  /** Three hours later, when everything is copied and everything open is stale. */
  later(): Promise<void>;
  run(...args: readonly string[]): Promise<AuditRun>;
  report(...args: readonly string[]): Promise<AuditReport>;
  /** Paths that were asked, decoded. */
  asked(): readonly string[];
  [Symbol.dispose](): void;
}

/** The bench, at the time at which its traces are written. */
export function openBench(
  options: MockLangfuseOptions = {},
  call: Partial<AuditCall> = {},
): AuditBench {
  const clock = createManualClock(startedAtMs);
  const mock = mockLangfuse({ ...options, now: () => clock.now() });
  mock.listen();
  const toCall = (args: readonly string[]): AuditCall => ({
    env: mock.env,
    now: clock.now(),
    args,
    ...call,
  });
  return {
    mock,
    clock,
    later: () => clock.advance(3 * 3_600_000),
    run: (...args) => runAudit(toCall(args)),
    report: (...args) => auditReport(toCall(args)),
    asked: () => mock.fake.requests.map(({ path }) => decodeURIComponent(path)),
    [Symbol.dispose]: () => mock.close(),
  };
}
