import { createHash } from 'node:crypto';
import { Langfuse } from 'langfuse';
import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../adapters/cli/audit/report/report.ts';
import { postSpans, span, startedAtMs } from '../mocks/fake-requests.ts';
import { type AuditBench, openBench } from './bench.ts';

/** What each trace lacks, by the name of its case. */
function findingsOf({ findings }: AuditReport): Readonly<Record<string, readonly string[]>> {
  const { orphans, stale, incomplete } = findings;
  const cases = [...orphans, ...stale, ...incomplete].map(
    ({ traceId, missing }): readonly [string, readonly string[]] => [
      caseOf.get(traceId) ?? traceId,
      missing,
    ],
  );
  return Object.fromEntries(cases);
}

const caseOf = new Map<string, string>();

function idOf(name: string): string {
  const id = createHash('sha256').update(name).digest('hex').slice(0, 32);
  caseOf.set(id, name);
  return id;
}

const at = (afterMs: number): Date => new Date(startedAtMs + afterMs);

// With the client of Langfuse's version 3, as an application without this library would use it.
async function writeLegacyTraces({ mock }: AuditBench): Promise<void> {
  const client = new Langfuse({ ...mock.keys, baseUrl: mock.baseUrl, flushAt: 1_000 });
  const whole = { name: 'legacy run', input: 'i', output: 'o', sessionId: 'S' };
  const trace = (id: string, changes: Parameters<Langfuse['trace']>[0] = {}): Trace =>
    client.trace({ id, timestamp: at(0), ...whole, ...changes });
  type Trace = ReturnType<Langfuse['trace']>;
  const times = { name: 'root', startTime: at(10), endTime: at(500) };

  trace('complete').span(times);
  trace('complete-with-children')
    .span(times)
    .generation({ ...times, name: 'plan' });
  trace('trace-alone');
  trace('no-name', { name: null }).span(times);
  trace('no-input', { input: undefined }).span(times);
  trace('no-session', { sessionId: null }).span(times);
  trace('no-output', { output: undefined }).span(times);
  trace('failed-without-output', { output: undefined }).span({
    ...times,
    level: 'ERROR',
    statusMessage: 'boom',
  });
  trace('open', { output: undefined }).span({ name: 'root', startTime: at(10) });
  trace('nothing-ever-ended', { output: undefined });
  trace('event-only').event({ name: 'point', startTime: at(10) });
  trace('root-filtered');
  client.span({ ...times, traceId: 'root-filtered', parentObservationId: 'somewhere-else' });
  await client.shutdownAsync();
  // An observation whose trace was never sent.
  await fetch(`${mock.baseUrl}/api/public/ingestion`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${btoa(`${mock.keys.publicKey}:${mock.keys.secretKey}`)}`,
    },
    body: JSON.stringify({
      batch: [
        {
          id: 'lonely',
          type: 'span-create',
          timestamp: at(1_000),
          body: { id: 'lonely-span', traceId: 'trace-never-sent', ...times },
        },
      ],
    }),
  });
}

const legacyFindings = {
  'no-name': ['name'],
  'no-input': ['input'],
  'no-session': ['conversation id'],
  'no-output': ['output or error'],
  open: ['terminal status', 'output or error'],
  'nothing-ever-ended': ['terminal status', 'output or error'],
  'root-filtered': ['parent'],
  'trace-never-sent': ['parent'],
};

describe('traces of the langfuse client', () => {
  it.each([
    { title: 'a server of version 3.160', server: { version: '3.160.0' }, model: 'v1-traces' },
    { title: 'version 4 in legacy', server: { writeMode: 'legacy' }, model: 'v1-traces' },
    {
      title: 'version 4 in dual, by the copy',
      server: { writeMode: 'dual' },
      model: 'v2-observations',
    },
  ] as const)('are measured exactly on $title', async ({ server, model }) => {
    using bench = openBench(server);
    await writeLegacyTraces(bench);
    await bench.later();

    const report = await bench.report();

    expect(report.project.model).toBe(model);
    expect(findingsOf(report)).toEqual(legacyFindings);
    expect(report.total).toMatchObject({
      due: 13,
      complete: 5,
      named: 10,
      withInput: 10,
      withConversation: 10,
      terminal: 9,
      withOutcome: 8,
      stale: 4,
      orphans: 2,
    });
    expect(report.total.endings).toEqual([
      { status: 'completed', reason: 'not told', count: 8 },
      { status: 'in_progress', reason: 'not told', count: 2 },
      { status: 'no_parent', reason: 'children only', count: 2 },
      { status: 'error', reason: 'not told', count: 1 },
    ]);
    expect(report.total.sources).toEqual([
      { source: 'not told', count: 10 },
      { source: 'none', count: 1 },
    ]);
  });

  it('whose children were not read are measured by what is open and what failed', async () => {
    using bench = openBench({ version: '3.160.0' });
    await writeLegacyTraces(bench);
    await bench.later();

    const report = await bench.report('--skip-children');

    const { 'root-filtered': filtered, 'trace-never-sent': lonely, ...found } = legacyFindings;
    expect([filtered, lonely]).toEqual([['parent'], ['parent']]);
    expect(findingsOf(report)).toEqual({ ...found, 'nothing-ever-ended': ['output or error'] });
    expect(report.total).toMatchObject({ due: 12, complete: 6, stale: 1, orphans: 0 });
  });

  it('appear in dual only when they have been copied, which the report says', async () => {
    using bench = openBench({ writeMode: 'dual' });
    await writeLegacyTraces(bench);
    await bench.clock.advance(60_000);

    const report = await bench.report();

    expect(report.total).toMatchObject({ due: 0, running: 0 });
    expect(report.notes).toEqual([
      'No parent was due in this window.',
      expect.stringContaining('about 10 minutes later'),
    ]);
  });
});

interface SpanChanges {
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly status?: object;
  readonly afterMs?: number;
  /** Null takes one of the usual attributes away. */
  readonly attributes?: Readonly<Record<string, string | null>>;
}

const usual = {
  'session.id': 'S',
  'langfuse.trace.name': 'agent run',
  'langfuse.observation.type': 'agent',
  'langfuse.observation.input': '{"q":"hi"}',
  'langfuse.observation.output': '{"a":"ok"}',
};

function spanOf(name: string, changes: SpanChanges = {}): unknown {
  const { attributes, afterMs = 0, spanId = 'a1', parentSpanId, ...rest } = changes;
  // The tables of version 3 know an observation by its id alone.
  const idIn = (suffix: string): string => `${idOf(name).slice(0, 14)}${suffix}`;
  const texts = Object.entries({ ...usual, ...attributes }).filter(([, text]) => text !== null);
  const start = startedAtMs + afterMs;
  return span(
    {
      traceId: idOf(name),
      spanId: idIn(spanId),
      ...(parentSpanId !== undefined && { parentSpanId: idIn(parentSpanId) }),
      name: 'root',
      startTimeUnixNano: `${start}000000`,
      endTimeUnixNano: `${start + 5_000}000000`,
      ...rest,
    },
    Object.fromEntries(texts) as Record<string, string>,
  );
}

const child = { spanId: 'c1', parentSpanId: 'a1', afterMs: 100 };
const marker = {
  spanId: 'e1',
  parentSpanId: 'a1',
  name: 'run-start',
  attributes: { 'langfuse.observation.type': 'event' },
};

// As any OpenTelemetry exporter would send them.
const spans = [
  spanOf('complete'),
  spanOf('complete', { ...child, name: 'search' }),
  spanOf('complete-after-a-marker', marker),
  spanOf('complete-after-a-marker'),
  spanOf('exported-twice'),
  spanOf('exported-twice', { afterMs: 20_000, attributes: { 'langfuse.observation.output': 'o' } }),
  spanOf('no-name', { name: '', attributes: { 'langfuse.trace.name': null } }),
  spanOf('no-input', { attributes: { 'langfuse.observation.input': null } }),
  spanOf('no-session', { attributes: { 'session.id': null } }),
  spanOf('session-on-child', { attributes: { 'session.id': null } }),
  spanOf('session-on-child', child),
  spanOf('no-output', { attributes: { 'langfuse.observation.output': null } }),
  spanOf('failed-without-output', {
    status: { code: 2, message: 'boom' },
    attributes: { 'langfuse.observation.output': null },
  }),
  spanOf('failed-without-a-word', {
    status: { code: 2 },
    attributes: { 'langfuse.observation.output': null },
  }),
  spanOf('marker-only', marker),
  spanOf('children-only', child),
  spanOf('event-under-nothing', { ...marker, name: 'something' }),
];

const otlpFindings = {
  'no-name': ['name'],
  'no-input': ['input'],
  'no-session': ['conversation id'],
  'session-on-child': ['conversation id'],
  'no-output': ['output or error'],
  'failed-without-a-word': ['output or error'],
  'marker-only': ['parent'],
  'children-only': ['parent'],
  'event-under-nothing': ['parent'],
};

describe('spans of any tracer', () => {
  const direct = { 'x-langfuse-ingestion-version': '4' };

  it.each(['events_only', 'dual'] as const)('are measured exactly in %s', async (writeMode) => {
    using bench = openBench({ writeMode });
    postSpans(bench.mock.fake, spans, direct);
    await bench.later();

    const report = await bench.report();

    expect(findingsOf(report)).toEqual(otlpFindings);
    expect(report.findings.orphans.map(({ traceId }) => caseOf.get(traceId))).toEqual(
      expect.arrayContaining(['children-only', 'event-under-nothing']),
    );
    expect(report.findings.stale.map(({ traceId }) => caseOf.get(traceId))).toEqual([
      'marker-only',
    ]);
    expect(report.total).toMatchObject({
      due: 13,
      complete: 4,
      named: 9,
      withInput: 9,
      withConversation: 8,
      terminal: 10,
      withOutcome: 8,
      stale: 3,
      orphans: 2,
    });
    expect(report.total.endings).toEqual([
      { status: 'completed', reason: 'not told', count: 8 },
      { status: 'error', reason: 'not told', count: 2 },
      { status: 'no_parent', reason: 'children only', count: 2 },
      { status: 'no_parent', reason: 'start marker only', count: 1 },
    ]);
  });

  it('in dual without the version header hide behind made-up roots, and are found all the same', async () => {
    using bench = openBench({ writeMode: 'dual' });
    postSpans(bench.mock.fake, spans);
    await bench.later();

    const report = await bench.report();

    expect(findingsOf(report)).toEqual({
      ...otlpFindings,
      // The copy takes the session of any span for that of the trace.
      'session-on-child': undefined,
    });
    expect(report.total).toMatchObject({ due: 13, complete: 5, stale: 3, orphans: 2 });
    // The made-up root of a failed run has level DEFAULT; what failed stands below it.
    expect(report.total.endings).toContainEqual({ status: 'error', reason: 'not told', count: 2 });
  });

  it('on a server of version 3 are measured by the traces that it makes of them', async () => {
    using bench = openBench({ version: '3.160.0' });
    postSpans(bench.mock.fake, spans);
    await bench.later();

    const report = await bench.report();

    expect(report.project.model).toBe('v1-traces');
    expect(findingsOf(report)).toEqual({ ...otlpFindings, 'session-on-child': undefined });
    expect(report.total).toMatchObject({ due: 13, complete: 5, stale: 3, orphans: 2 });
  });

  it('whose children were not read are measured without orphans, and the report says so', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, spans, direct);
    await bench.later();

    const report = await bench.report('--skip-children');

    expect(report.total).toMatchObject({ due: 11, complete: 4, stale: 1, orphans: 0 });
    expect(report.findings.stale.map(({ traceId }) => caseOf.get(traceId))).toEqual([
      'marker-only',
    ]);
    expect(report.notes).toEqual([expect.stringContaining('--skip-children')]);
  });

  it('of a run that began before the window belong to the window before it', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    const late = { ...child, afterMs: 30 * 60_000 };
    postSpans(
      bench.mock.fake,
      [spanOf('long'), spanOf('long', late), spanOf('lost', late)],
      direct,
    );
    await bench.later();

    const report = await bench.report('--from', '2026-11-23T12:10', '--to', '2026-11-23T13:00');

    expect(report.total).toMatchObject({ due: 1, orphans: 1 });
    expect(findingsOf(report)).toEqual({ lost: ['parent'] });
  });

  it.each([
    ['version 3', { version: '3.160.0' }],
    ['dual', { writeMode: 'dual' }],
  ] as const)(
    'that begin after the window belong to it only with their run, in %s',
    async (_, server) => {
      using bench = openBench(server);
      const client = new Langfuse({ ...bench.mock.keys, baseUrl: bench.mock.baseUrl });
      const run = { id: 'late', timestamp: at(59_000), name: 'run', input: 'i', sessionId: 'S' };
      const failed = { level: 'ERROR', statusMessage: 'boom' } as const;
      client
        .trace(run)
        .span({ name: 'root', startTime: at(61_000), endTime: at(62_000), ...failed });
      client.span({ name: 'lost', traceId: 'lost', startTime: at(61_000), endTime: at(62_000) });
      await client.shutdownAsync();
      await bench.later();

      const report = await bench.report('--from', '2026-11-23T12:00', '--to', '2026-11-23T12:01');

      // Only its root, which began too late for the window, says how the run ended.
      expect(report.total).toMatchObject({
        due: 1,
        complete: 1,
        orphans: 0,
        endings: [{ status: 'error', reason: 'not told', count: 1 }],
      });
    },
  );

  it('of other environments are left out when one is named', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    const production = { attributes: { 'langfuse.environment': 'production' } };
    postSpans(bench.mock.fake, [spanOf('complete'), spanOf('no-name', production)], direct);
    await bench.later();

    const one = await bench.report('--environment', 'production');
    const both = await bench.report('--environment', 'production, default');

    expect(one.total.due).toBe(1);
    expect(one.rules.environments).toEqual(['production']);
    expect(both.total.due).toBe(2);
  });

  it('never bring their input or output along', async () => {
    using bench = openBench({ writeMode: 'events_only' });
    postSpans(bench.mock.fake, spans, direct);
    await bench.later();

    await bench.run();

    const reads = bench.asked().filter((path) => path.startsWith('/api/public/v2/observations'));
    const groups = reads.map((path) => new URLSearchParams(path.split('?')[1]).get('fields'));
    expect(reads.length).toBeGreaterThan(4);
    expect(groups.filter((fields) => fields === null || fields.split(',').includes('io'))).toEqual(
      [],
    );
  });
});
