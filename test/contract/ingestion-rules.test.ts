import { describe, expect, it } from 'vitest';

import { scenarios } from './scenarios.ts';
import { eventsOf, type SentEvent } from './sent-data.ts';
import { flushIntervalMs, ingestionSink, play, sinks } from './sinks.ts';

// What the others send is compared with the files of the first.
const overIngestion = [
  ingestionSink,
  ...sinks.filter(({ observationTypes }) => observationTypes === 'basic'),
];
const short = scenarios.filter(({ expected }) => expected.wasOpenAtTick === undefined);
const long = scenarios.filter(({ expected }) => expected.wasOpenAtTick === true);

describe.each(overIngestion)('what $name sends', (sink) => {
  describe.each(scenarios)('after $name', (scenario) => {
    it('erases nothing and publishes nothing', async () => {
      const played = await play(sink, scenario);

      for (const { body } of eventsOf(played.requests).flat()) {
        const { input: _input, output: _output, ...fields } = body;
        expect(JSON.stringify(fields)).not.toMatch(/\bnull\b/);
        expect(Object.keys(body)).not.toContain('public');
        expect(Object.values(body)).not.toContain('');
      }
    });

    it('stamps the events of an entity in order, each when it happened', async () => {
      const played = await play(sink, scenario);

      for (const events of byEntity(eventsOf(played.requests).flat())) {
        const stamps = events.map(({ timestamp }) => Date.parse(timestamp));
        expect(stamps).toEqual([...new Set(stamps)].toSorted((one, other) => one - other));
        for (const { timestamp, sentAt, body } of events) {
          const happened = body['endTime'] ?? body['startTime'] ?? timestamp;
          expect(Date.parse(timestamp)).toBeLessThanOrEqual(sentAt);
          expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(Date.parse(String(happened)));
        }
      }
    });

    it('names the trace first, then its root, then the rest, under ids of their own', async () => {
      const played = await play(sink, scenario);

      const requests = eventsOf(played.requests);
      const ids = requests.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [trace, root, ...others] of requests) {
        expect(trace?.type).toBe('trace-create');
        expect(trace?.body).toMatchObject({
          name: scenario.expected.name,
          input: scenario.expected.input,
        });
        expect(root?.body).not.toHaveProperty('parentObservationId');
        expect(root?.body).toHaveProperty('traceId', trace?.body.id);
        for (const { type, body } of others) {
          expect(type).not.toBe('trace-create');
          expect(body).toMatchObject({
            parentObservationId: expect.any(String),
            traceId: trace?.body.id,
          });
        }
      }
    });
  });

  it.each(short)('for $name is one request with one create for each thing', async (scenario) => {
    const played = await play(sink, scenario);

    const requests = eventsOf(played.requests);
    const events = requests.flat();
    expect(requests).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'trace-create')).toHaveLength(1);
    expect(events).toHaveLength(2 + scenario.expected.children.length);
    expect(new Set(events.map(({ body }) => body.id)).size).toBe(events.length);
    expect(events.map(({ type }) => type).filter((type) => !type.endsWith('-create'))).toEqual([]);
  });

  it.each(long)('for $name shows the run as in progress first, then as ended', async (scenario) => {
    const played = await play(sink, scenario);

    const requests = eventsOf(played.requests);
    const statuses = requests.map((events) => events.slice(0, 2).map(statusOf));
    const { status } = scenario.expected;
    expect(statuses.slice(0, -1)).toEqual(
      requests.slice(1).map(() => ['in_progress', 'in_progress']),
    );
    expect(statuses.at(-1)).toEqual([status, status]);
    expect(requests[0]?.[0]?.body).not.toHaveProperty('output');
    expect(requests[0]?.[1]?.body).not.toHaveProperty('endTime');
  });

  it('is nothing before the flush interval is over', async () => {
    using bench = sink.open();
    const run = bench.lifecycle.startRun({ name: 'support-agent', input: 'Where?' });

    await bench.tools.pass(flushIntervalMs - 1);
    expect(bench.requests()).toEqual([]);

    await bench.tools.pass(1);
    await expect
      .poll(() => eventsOf(bench.requests()).flat().map(statusOf))
      .toEqual(['in_progress', 'in_progress']);
    run.complete('done');
    await bench.lifecycle.shutdown();
  });
});

function byEntity(events: readonly SentEvent[]): readonly (readonly SentEvent[])[] {
  const groups = new Map<string, SentEvent[]>();
  for (const event of events) {
    const entity = `${event.type === 'trace-create' ? 'trace' : 'observation'} ${event.body.id}`;
    groups.set(entity, [...(groups.get(entity) ?? []), event]);
  }
  return [...groups.values()];
}

function statusOf({ body }: SentEvent): unknown {
  return (body['metadata'] as Readonly<Record<string, unknown>>)['status'];
}
