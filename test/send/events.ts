import type { LifecycleEvent } from '../../src/index.ts';

const startOfDay = Date.UTC(2026, 10, 20, 9);

/** The events of `count` runs with a generation and a tool each, `overlap` runs open at a time. */
export function eventsOfRuns(count: number, overlap = 1): readonly LifecycleEvent[] {
  const events: LifecycleEvent[] = [];
  for (let index = 0; index < count + overlap - 1; index += 1) {
    if (index < count) events.push(...beginning(index));
    const ended = index - overlap + 1;
    if (ended >= 0) events.push(...end(ended));
  }
  return events;
}

function beginning(index: number): readonly LifecycleEvent[] {
  const runId = `run-${index}`;
  const timestamp = startOfDay + index * 1_000;
  return [
    {
      type: 'run-start',
      runId,
      timestamp,
      name: 'importer',
      input: { question: index },
      conversationId: `chat-${index % 3}`,
    },
    {
      type: 'step-start',
      runId,
      stepId: 'plan',
      timestamp: timestamp + 10,
      name: 'plan',
      kind: 'generation',
      model: 'gpt-5',
    },
    {
      type: 'step-end',
      runId,
      stepId: 'plan',
      timestamp: timestamp + 200,
      output: 'search',
      usage: { input: 10, output: 3 },
    },
  ];
}

function end(index: number): readonly LifecycleEvent[] {
  const runId = `run-${index}`;
  const timestamp = startOfDay + index * 1_000 + 300;
  return [
    { type: 'step-start', runId, stepId: 'find', timestamp, name: 'find', kind: 'tool' },
    { type: 'step-end', runId, stepId: 'find', timestamp: timestamp + 100, output: ['a'] },
    { type: 'run-end', runId, timestamp: timestamp + 200, status: 'completed', output: index },
  ];
}

/** As a file holds them. */
export function toNdjson(events: readonly unknown[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
