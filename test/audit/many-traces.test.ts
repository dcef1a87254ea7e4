import { describe, expect, it } from 'vitest';
import { createMeasurement } from '../../adapters/cli/audit/measure/measurement.ts';
import type { ReadClient } from '../../adapters/langfuse/reads/read-client.ts';
import { readTraces } from '../../adapters/langfuse/reads/read-traces.ts';
import { hourMs, now, rules } from './traces.ts';

const amount = 100_000;
const window = { from: now - 25 * hourMs, to: now - hourMs };

interface Generated {
  readonly client: ReadClient;
  /** Rows that were handed out and whose page was not yet replaced by the next one, at the most. */
  readonly mostRowsOut: () => number;
  readonly requests: () => number;
}

/** A v4 table with 100,000 roots, each with one child, of which nothing exists until it is asked for. */
function generateTable(): Generated {
  let requests = 0;
  const rowsOut = new Map<string, number>();
  let most = 0;

  function rowOf(index: number, isRoot: boolean): Readonly<Record<string, unknown>> {
    const startTime = new Date(window.to - 1 - index * 860 + (isRoot ? -100 : 0)).toISOString();
    return {
      id: `${isRoot ? 'root' : 'child'}-${index}`,
      traceId: `trace-${index}`,
      startTime,
      endTime: startTime,
      parentObservationId: isRoot ? null : `root-${index}`,
      isRootObservation: isRoot,
      type: 'SPAN',
      name: 'run',
      level: 'DEFAULT',
      statusMessage: '',
      environment: 'default',
      sessionId: 'S',
      traceName: 'run',
      ...(isRoot && { metadata: { status: 'completed', reason: 'stop' } }),
    };
  }

  const get: ReadClient['get'] = (_path, query = {}) => {
    requests += 1;
    const isRoot = query['isRootObservation'] === 'true';
    const from = Number(query['cursor'] ?? 0);
    // All roots have both; the other three parts are empty.
    const isEmpty = isRoot && (query['filter'] ?? '').includes('"value":false');
    const length = isEmpty ? 0 : Math.min(Number(query['limit']), amount - from);
    const data = Array.from({ length }, (_, index) => rowOf(from + index, isRoot));
    rowsOut.set(`${isRoot} ${query['filter']}`, data.length);
    most = Math.max(
      most,
      [...rowsOut.values()].reduce((sum, rows) => sum + rows, 0),
    );
    const next = from + length;
    const meta = next < amount && !isEmpty ? { cursor: String(next) } : {};
    return Promise.resolve({ data, meta });
  };

  return { client: { get, find: get }, mostRowsOut: () => most, requests: () => requests };
}

describe('100,000 parents', () => {
  it('are measured exactly, with one page of each list in memory', async () => {
    const { client, mostRowsOut, requests } = generateTable();
    const measurement = createMeasurement({ window, rules, listed: 20 });
    const rows: number[] = [];
    const source = {
      client,
      model: 'v2-observations',
      tell: (progress: { readonly type: string; readonly rows?: number }) =>
        void rows.push(progress.rows ?? 0),
    } as const;
    const asked = { window, longestRunMs: hourMs, children: 'all', now } as const;

    for await (const trace of readTraces(source, asked)) measurement.add(trace);

    expect(measurement.total).toMatchObject({
      due: amount,
      complete: amount,
      stale: 0,
      orphans: 0,
    });
    expect(mostRowsOut()).toBe(2_000);
    expect(requests()).toBe(100 + 100 + 3);
    expect(rows).toHaveLength(200);
    expect(rows.at(-1)).toBe(200_000);
  });
});
