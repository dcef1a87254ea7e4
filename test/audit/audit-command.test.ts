import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { postSpans, span } from '../mocks/fake-requests.ts';

const main = fileURLToPath(new URL('../../adapters/cli/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function audit(fake: FakeLangfuse, ...args: readonly string[]): Promise<Ended> {
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const env = {
    PATH: process.env['PATH'],
    LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
    LANGFUSE_SECRET_KEY: 'sk-lf-local',
    LANGFUSE_BASE_URL: server.url,
  };
  return new Promise((resolve) => {
    const options = { cwd: tmpdir(), env };
    const child = execFile(
      process.execPath,
      [main, 'audit', ...args],
      options,
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const twoHoursAgo = Date.now() - 2 * 3_600_000;

function write(fake: FakeLangfuse, digit: string, attributes: Record<string, string>): void {
  const times = {
    startTimeUnixNano: `${twoHoursAgo}000000`,
    endTimeUnixNano: `${twoHoursAgo + 5_000}000000`,
  };
  const ids = { traceId: digit.repeat(32), spanId: digit.repeat(16) };
  postSpans(fake, [span({ ...times, ...ids }, attributes)]);
}

const whole = {
  'session.id': 'S',
  'langfuse.observation.input': 'i',
  'langfuse.observation.output': 'o',
};

function healthy(): FakeLangfuse {
  const fake = createFakeLangfuse();
  write(fake, '1', whole);
  return fake;
}

function broken(): FakeLangfuse {
  const fake = healthy();
  write(fake, '2', { 'session.id': 'S' });
  return fake;
}

const limits = ['--min-complete', '99.5', '--max-stale', '0', '--max-orphans', '0'] as const;

describe('langfuse-lifecycle audit, as a process', () => {
  it('exits with 0 when it has measured, however bad it is', async () => {
    const { code, stdout, stderr } = await audit(broken());

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^all +│ +2 │ +50\.0% │/m);
  });

  it('exits with 0 when every limit is kept', async () => {
    const { code, stdout } = await audit(healthy(), ...limits);

    expect(code).toBe(0);
    expect(stdout).toContain('✓ complete parents: 100% ≥ 99.5%');
  });

  it('exits with 1 when one is not, and names the traces that did it', async () => {
    const { code, stdout, stderr } = await audit(broken(), ...limits, '--json');

    const id = '2'.repeat(32);
    expect(code).toBe(1);
    expect(stderr).toContain('✗ complete parents: 50% < 99.5%');
    expect(stderr).toMatch(
      new RegExp(`  ${id}  http://127\\.0\\.0\\.1:\\d+/project/lf-project/traces/${id}`),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      guardrail: { passed: false },
      findings: { incomplete: [{ traceId: id, missing: ['input', 'output or error'] }] },
    });
  });

  it('exits with 1 when nothing was there to keep the limits', async () => {
    const empty = createFakeLangfuse();

    const { code, stdout } = await audit(empty, ...limits);

    expect(code).toBe(1);
    expect(stdout).toContain('✗ parents that are due: 0 < 1');
  });

  it('exits with 1 when the key is refused', async () => {
    const locked = createFakeLangfuse({ secretKey: 'sk-lf-other' });

    const { code, stdout, stderr } = await audit(locked);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*answered 401.*Check LANGFUSE_SECRET_KEY/);
  });

  it('exits with 2 when it is called in a wrong way', async () => {
    const { code, stderr } = await audit(healthy(), '--min-complete', 'all');

    expect(code).toBe(2);
    expect(stderr).toContain('Expected a percentage from 0 to 100');
  });

  it('prints JSON of a form that stays', async () => {
    const { stdout } = await audit(broken(), '--json', '--baseline', '7d', '--max-stale', '3');

    const report: unknown = JSON.parse(stdout);

    expect(report).toEqual(expect.schemaMatching(reportSchema));
    // Strict schemas refuse what is new; this is what else must not change.
    expect(Object.keys(report as object)).toEqual([
      'schemaVersion',
      'generatedAt',
      'project',
      'rules',
      'window',
      'total',
      'byName',
      'otherNames',
      'byDay',
      'timeline',
      'baseline',
      'findings',
      'guardrail',
      'notes',
    ]);
  });
});

const time = z.iso.datetime({ precision: 3 });
const count = z.number().int().nonnegative();
const counts = {
  due: count,
  running: count,
  complete: count,
  named: count,
  withInput: count,
  withConversation: count,
  terminal: count,
  withOutcome: count,
  stale: count,
  orphans: count,
  endings: z.array(
    z.strictObject({
      status: z.enum(['completed', 'error', 'suspended', 'in_progress', 'no_parent']),
      reason: z.string(),
      count,
    }),
  ),
  sources: z.array(z.strictObject({ source: z.string(), count })),
};
const windowSchema = z.strictObject({ from: time, to: time });
const findings = z.array(
  z.strictObject({
    traceId: z.string(),
    url: z.url(),
    name: z.string(),
    startTime: time,
    missing: z.array(
      z.enum(['parent', 'name', 'input', 'conversation id', 'terminal status', 'output or error']),
    ),
  }),
);

const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  generatedAt: time,
  project: z.strictObject({
    baseUrl: z.url(),
    name: z.string(),
    model: z.enum(['v2-observations', 'v1-traces']),
    writeMode: z.enum(['legacy', 'dual', 'events_only']).optional(),
  }),
  rules: z.strictObject({
    staleAfterMs: count,
    conversation: z.enum(['declared', 'required']),
    children: z.enum(['all', 'markers']),
    environments: z.array(z.string()),
  }),
  window: windowSchema,
  total: z.strictObject(counts),
  byName: z.array(z.strictObject({ name: z.string(), ...counts })).min(1),
  otherNames: z.null(),
  byDay: z.array(z.strictObject({ day: z.iso.date(), ...counts })).min(1),
  timeline: z.strictObject({
    periodLength: z.enum(['hour', 'day']),
    periods: z.array(z.strictObject({ start: time, ...counts })).min(24),
  }),
  baseline: z.strictObject({ window: windowSchema, total: z.strictObject(counts) }),
  findings: z.strictObject({ orphans: findings, stale: findings, incomplete: findings.min(1) }),
  guardrail: z.strictObject({
    passed: z.boolean(),
    checks: z
      .array(
        z.strictObject({
          name: z.enum(['min-complete', 'max-stale', 'max-orphans', 'min-parents']),
          limit: z.number(),
          found: z.number().nullable(),
          passed: z.boolean(),
        }),
      )
      .length(2),
  }),
  notes: z.array(z.string()),
});
