import { readFile, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLifecycleEvent } from '../../src/index.ts';
import { eventsOfRuns } from '../send/events.ts';
import { toPublishedSchema } from './published-schema.ts';

const file = new URL('../../docs/lifecycle-event.schema.json', import.meta.url);
const asFile = `${JSON.stringify(toPublishedSchema(), null, 2)}\n`;

// A validator that is not ours, as a program in another language has one.
const isValid = new Ajv2020({
  strict: true,
  allowUnionTypes: true,
  formats: { 'date-time': true },
}).compile(toPublishedSchema());

function isParsed(event: unknown): boolean {
  try {
    parseLifecycleEvent(event, 0);
    return true;
  } catch {
    return false;
  }
}

const samples: readonly unknown[] = [
  ...eventsOfRuns(1),
  { type: 'run-start', runId: 'a', name: 'agent' },
  { type: 'run-start', runId: 'a', name: 'agent', timestamp: '2026-11-20T09:00:00+01:00' },
  {
    type: 'run-end',
    runId: 'a',
    status: 'error',
    reason: 'model_error',
    error: { type: 'E', message: 'm', code: 429, cause: { type: 'C', message: 'n' } },
  },
  { type: 'run-end', runId: 'a', status: 'suspended', pending: [{ tool: 'pay' }] },
  {
    type: 'step-end',
    runId: 'a',
    stepId: 's',
    usage: { input: 1, cacheRead: 1 },
    prompt: { name: 'p', version: 2 },
    level: 'WARNING',
  },
];

const mistakes: readonly unknown[] = [
  null,
  [],
  {},
  { type: 'run-begin', runId: 'a' },
  { type: 'run-start', runId: ' ', name: 'agent' },
  { type: 'run-start', runId: 'a' },
  { type: 'run-start', runId: 'a', name: 'agent', conversation: 'c' },
  { type: 'run-start', runId: 'a', name: 'agent', traceId: '0'.repeat(32) },
  { type: 'run-start', runId: 'a', name: 'agent', timestamp: 'yesterday' },
  { type: 'run-end', runId: 'a', status: 'done' },
  { type: 'run-end', runId: 'a', status: 'completed', reason: 'timeout' },
  { type: 'run-end', runId: 'a', status: 'error' },
  { type: 'step-start', runId: 'a', stepId: 's' },
  { type: 'step-end', runId: 'a', stepId: 's', usage: { input: -1 } },
];

describe('docs/lifecycle-event.schema.json', () => {
  it('is what the events are validated with (UPDATE_DOCS=1 writes it)', async () => {
    if (process.env['UPDATE_DOCS'] === '1') await writeFile(file, asFile);

    expect(await readFile(file, 'utf8')).toBe(asFile);
  });

  it.each(samples.map((event) => [JSON.stringify(event), event] as const))(
    'takes %s',
    (_text, event) => {
      expect([isValid(event), isParsed(event)]).toEqual([true, true]);
    },
  );

  it.each(mistakes.map((event) => [JSON.stringify(event), event] as const))(
    'refuses %s',
    (_text, event) => {
      expect([isValid(event), isParsed(event)]).toEqual([false, false]);
    },
  );

  it('agrees with parseLifecycleEvent on events with fields that were changed at random', () => {
    const fields = ['type', 'runId', 'name', 'timestamp', 'status', 'reason', 'stepId', 'kind'];
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom('run-end', 'completed', 'tool', 5));
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.constantFrom(...fields),
        values,
        (sample, field, value) => {
          const event = { ...(sample as object), [field]: value };

          expect(isValid(event)).toBe(isParsed(event));
        },
      ),
      { numRuns: 500 },
    );
  });
});
