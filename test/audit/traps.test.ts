import { expect, it } from 'vitest';
import {
  event,
  get,
  postBatch,
  postSpans,
  rowsOf,
  span,
  startedAtMs,
} from '../mocks/fake-requests.ts';
import { openBench } from './bench.ts';

const traceId = '1'.repeat(32);
const at = (afterMs: number): string => new Date(startedAtMs + afterMs).toISOString();

const legacyTrace = [
  event('trace-create', {
    id: traceId,
    timestamp: at(0),
    name: 'agent',
    input: 'i',
    output: 'o',
    sessionId: 'S',
  }),
  event('span-create', { id: 'root', traceId, name: 'agent', startTime: at(0), endTime: at(500) }),
];

const v4Rows = 'v2/observations?fields=core,basic,trace_context';

it('trap 17: a v4 server in legacy lists no observation at all, and its traces are measured all the same', async () => {
  using bench = openBench({ writeMode: 'legacy' });
  postBatch(bench.mock.fake, legacyTrace);
  await bench.later();

  const answer = get(bench.mock.fake, v4Rows);
  const report = await bench.report();

  expect([answer.status, rowsOf(answer)]).toEqual([200, []]);
  expect(report.project).toMatchObject({ model: 'v1-traces', writeMode: 'legacy' });
  expect(report.total).toMatchObject({ due: 1, complete: 1, terminal: 1, stale: 0 });
});

it('trap 18: in dual the copy of a trace has no end for ever, and still counts as ended', async () => {
  using bench = openBench({ writeMode: 'dual' });
  postBatch(bench.mock.fake, legacyTrace);
  await bench.later();

  const copies = rowsOf(get(bench.mock.fake, v4Rows)).filter(({ id }) => id === `t-${traceId}`);
  const report = await bench.report();

  expect(copies).toMatchObject([{ traceId, endTime: null }]);
  expect(report.total).toMatchObject({ due: 1, complete: 1, terminal: 1, stale: 0 });
});

it('trap 18: in dual a trace that came over both wires counts once', async () => {
  using bench = openBench({ writeMode: 'dual' });
  postBatch(bench.mock.fake, legacyTrace);
  const attributes = {
    'session.id': 'S',
    'langfuse.observation.input': 'i',
    'langfuse.observation.output': 'o',
  };
  postSpans(bench.mock.fake, [span({ traceId }, attributes)], {
    'x-langfuse-ingestion-version': '4',
  });
  await bench.later();

  const rows = rowsOf(get(bench.mock.fake, v4Rows));
  const report = await bench.report();

  expect(rows.filter(({ isRootObservation }) => isRootObservation === true)).toHaveLength(2);
  expect(report.total).toMatchObject({ due: 1, complete: 1 });
});

it('trap 18: in dual the report says how late the newest traces of legacy ingestion can be read', async () => {
  using bench = openBench({ writeMode: 'dual' });
  postBatch(bench.mock.fake, legacyTrace);

  const report = await bench.report('--to', at(60_000));

  expect(report.total).toMatchObject({ due: 0, running: 0 });
  expect(report.notes).toContainEqual(expect.stringContaining('about 10 minutes later'));
});
