import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../adapters/cli/audit/report/report.ts';
import { loadRecordings, type RecordedScenario } from '../mocks/recordings.ts';
import { createReplayClock, recordedKeys, replay } from '../mocks/replay.ts';
import { mockLangfuse } from '../../mocks/node.ts';
import { auditReport } from './audit-run.ts';

const scenarios = loadRecordings().flatMap((file) => file.scenarios);
const window = ['--from', '2026-11-21T10:00', '--to', '2026-11-21T11:00'] as const;
const auditedAt = Date.parse('2026-11-23T06:00:00.000Z');

function scenarioOf(id: string): RecordedScenario {
  const found = scenarios.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`${id} is not recorded here.`);
  return found;
}

// Counted by hand from reads-dual/audit-seed: 17 traces over OTLP and 9 by legacy events, with one defect each; the
// one of an event alone is complete.
const expectedOfOtlp = {
  due: 17,
  // no-name, no-session, no-input, no-output, session-on-child, empty-output and nothing lack something; orphan and
  // marker-only have no parent.
  complete: 8,
  named: 14,
  withInput: 13,
  withConversation: 12,
  terminal: 15,
  withOutcome: 12,
  stale: 2,
  orphans: 2,
};

const expectedOfDual = {
  due: 26,
  // healthy, error, alone and event of the legacy ones.
  complete: 12,
  named: 21,
  withInput: 21,
  withConversation: 19,
  terminal: 22,
  withOutcome: 19,
  stale: 4,
  orphans: 3,
};

function numbersOf({ total }: AuditReport): Readonly<Record<string, number>> {
  const { endings: _endings, sources: _sources, running, ...numbers } = total;
  expect(running).toBe(0);
  return numbers;
}

interface Answer {
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

/** The rows of recorded answers to requests whose path holds all of these texts. */
function recordedRows(id: string, ...parts: readonly string[]): Answer['data'] {
  const { exchanges, readBack = [] } = scenarioOf(id);
  const answers = [...exchanges, ...readBack].filter(({ request }) =>
    parts.every((part) => decodeURIComponent(request.path).includes(part)),
  );
  if (answers.length === 0) throw new Error(`${id} has no answer to ${parts.join(', ')}.`);
  return answers.flatMap(({ response }) => (response.body as Answer).data);
}

/** Answers reads of the v4 table with recorded rows, one page of all of them. */
function recordedServer(mode: 'dual' | 'events-only'): typeof globalThis.fetch {
  const file = `reads-${mode}`;
  const roots = recordedRows(`${file}/v2-roots`, 'isRootObservation=true');
  const idsWithout = (column: string): ReadonlySet<unknown> =>
    new Set(
      recordedRows(`${file}/v2-has-input-output`, `"${column}","operator":"=","value":false`).map(
        ({ id }) => id,
      ),
    );
  const without = { hasInput: idsWithout('hasInput'), hasOutput: idsWithout('hasOutput') };
  const seeded = recordedRows(`${file}/audit-seed`, 'v2/observations');
  const copied = mode === 'dual' ? recordedRows('reads-dual/dual-v2-of-legacy', 'traceId=') : [];
  const children = [...seeded, ...copied].filter(
    ({ isRootObservation }) => isRootObservation === false,
  );

  return (input) => {
    const url = new URL(String(input));
    const query = url.searchParams;
    const json = (body: unknown, status = 200): Promise<Response> =>
      Promise.resolve(Response.json(body, { status }));
    switch (url.pathname) {
      case '/api/public/projects':
        return json(scenarioOf('discovery/projects-right-key').exchanges[0]?.response.body);
      case '/api/public/health':
        return json({ status: 'OK', version: '4.16.0' });
      case '/api/public/traces': {
        const recorded = scenarioOf(`discovery/traces-limit-1-${mode}`).exchanges[0]?.response;
        return json(recorded?.body, recorded?.status);
      }
      case '/api/public/v2/metrics':
        return json({ data: [] });
      case '/api/public/v2/observations':
        break;
      default:
        return json({ message: 'not recorded' }, 404);
    }
    if (query.has('traceId')) {
      return json({
        data: roots.filter(({ traceId }) => traceId === query.get('traceId')),
        meta: {},
      });
    }
    if (query.get('isRootObservation') === 'false') {
      return json({ data: children.toSorted(latestFirst), meta: {} });
    }
    const filters = JSON.parse(query.get('filter') ?? '[]') as {
      readonly column: 'hasInput' | 'hasOutput';
      readonly value: boolean;
    }[];
    const data = roots.filter(({ id }) =>
      filters.every(({ column, value }) => without[column].has(id) !== value),
    );
    return json({ data, meta: {} });
  };
}

function latestFirst(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): number {
  return Date.parse(String(other['startTime'])) - Date.parse(String(one['startTime']));
}

const env = {
  LANGFUSE_PUBLIC_KEY: recordedKeys.publicKey,
  LANGFUSE_SECRET_KEY: recordedKeys.secretKey,
  LANGFUSE_BASE_URL: 'https://langfuse.test',
};

describe('the rows that a real server answered', () => {
  it.each([
    ['events-only', expectedOfOtlp],
    ['dual', expectedOfDual],
  ] as const)('in %s are measured exactly', async (mode, expected) => {
    const report = await auditReport({
      env,
      now: auditedAt,
      fetch: recordedServer(mode),
      args: window,
    });

    expect(numbersOf(report)).toEqual(expected);
  });
});

async function seeded(
  id: string,
  options: { readonly writeMode: 'legacy' | 'dual' | 'events_only'; readonly version?: string },
): Promise<AuditReport> {
  const clock = createReplayClock();
  using mock = mockLangfuse({ ...options, ...recordedKeys, now: () => clock.now() });
  mock.listen();
  await replay(scenarioOf(id), {
    clock,
    scenarios,
    send(request) {
      const reply = mock.fake.handle(request);
      if (reply.type !== 'response') throw new Error(`Expected an answer, got a ${reply.type}.`);
      return Promise.resolve(reply.response);
    },
  });
  clock.advanceTo(auditedAt);
  // Awaited here: the server is closed when this function is left.
  return await auditReport({ env: mock.env, now: auditedAt, args: window });
}

describe('the writes that a real server was sent', () => {
  it('are measured the same through the fake in events_only', async () => {
    const report = await seeded('reads-events-only/audit-seed', { writeMode: 'events_only' });

    expect(numbersOf(report)).toEqual(expectedOfOtlp);
  });

  it('are measured the same through the fake in dual', async () => {
    const report = await seeded('reads-dual/audit-seed', { writeMode: 'dual' });

    expect(numbersOf(report)).toEqual(expectedOfDual);
  });

  it.each([undefined, '3.160.0'])(
    'are measured by the v1 API in legacy, version %s',
    async (version) => {
      const report = await seeded('reads-dual/audit-seed', {
        writeMode: 'legacy',
        ...(version !== undefined && { version }),
      });

      expect(numbersOf(report)).toEqual({
        ...expectedOfDual,
        // A root below a span of another service is none there, and a session of a child is the trace's.
        complete: 11,
        named: 20,
        withInput: 20,
        terminal: 21,
        withOutcome: 17,
        stale: 5,
        orphans: 4,
      });
    },
  );
});
