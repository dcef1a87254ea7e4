import { describe, expect, it } from 'vitest';

import { createWatchedFake } from '../../mocks/watched-fake.ts';
import {
  toConversationRun,
  toRunDetails,
  toRunSummary,
  toStepDetails,
} from '../../mocks/viewer/run-facts.ts';
import { saidIn } from '../../mocks/viewer/said.ts';
import { event, postBatch } from '../mocks/fake-requests.ts';
import { observation, rootObservation, startMarker, traceOf } from '../mocks/sample-traces.ts';
import { postRun, traceIdOf } from './bench.ts';

const marker = { ...startMarker, input: 'Where is it?' };

describe('the status of a run', () => {
  it.each([
    ['completed', rootObservation()],
    [
      'error',
      rootObservation({ metadata: { status: 'error', reason: 'timeout' }, level: 'ERROR' }),
    ],
    ['suspended', rootObservation({ metadata: { status: 'suspended', reason: 'checkpoint' } })],
    ['in_progress', rootObservation({ endTime: null, metadata: { status: 'in_progress' } })],
    ['error', rootObservation({ metadata: {}, level: 'ERROR' })],
    ['ended', rootObservation({ metadata: {} })],
    ['ended', rootObservation({ metadata: { status: 'in_progress' } })],
    ['ended', rootObservation({ metadata: { status: { nested: true } } })],
  ] as const)('is %s for what the root says', (status, root) => {
    expect(toRunSummary(traceOf([root])).status).toBe(status);
  });

  it('is in progress while there is no root, with the input of the start marker', () => {
    const summary = toRunSummary(traceOf([marker, observation()]));

    expect(summary).toMatchObject({
      status: 'in_progress',
      endedAt: null,
      preview: 'Where is it?',
      steps: 1,
    });
  });

  it('is in progress for a trace of the legacy wire whose root is open, and changes when it ends', () => {
    const fake = createWatchedFake({ writeMode: 'legacy', history: 'none' });
    const id = traceIdOf(1);
    postBatch(fake, [
      event('trace-create', { id, name: 'agent', input: 'hi' }),
      event('agent-create', {
        id: 'a',
        traceId: id,
        name: 'agent',
        startTime: '2026-11-23T12:00:00.000Z',
      }),
    ]);
    const open = fake.trace(id);

    postBatch(fake, [
      event(
        'agent-create',
        {
          id: 'a',
          traceId: id,
          endTime: '2026-11-23T12:00:02.000Z',
          metadata: { status: 'completed', reason: 'stop' },
        },
        { id: 'later', afterMs: 2000 },
      ),
    ]);
    const ended = fake.trace(id);

    expect(open && toRunSummary(open)).toMatchObject({ status: 'in_progress', preview: 'hi' });
    expect(ended && toRunSummary(ended)).toMatchObject({ status: 'completed', reason: 'stop' });
  });
});

describe('tokens and cost of a run', () => {
  it('are the sum of what its steps give, cached tokens as input', () => {
    const summary = toRunSummary(
      traceOf([
        rootObservation(),
        observation({
          usageDetails: { input: 10, input_cached: 5, output: 2, total: 17 },
          costDetails: { total: 0.1 },
        }),
        observation({
          id: 'c2',
          usageDetails: { input: 1, output: 1, total: 2 },
          costDetails: { input: 0.1, output: 0.1 },
        }),
      ]),
    );

    expect(summary.tokens).toEqual({ input: 16, output: 3, total: 19 });
    expect(summary.cost).toBe(0.3);
  });

  it('are unknown, not zero, when nobody gave any', () => {
    const summary = toRunSummary(traceOf([rootObservation()]));

    expect([summary.tokens.total, summary.cost]).toEqual([null, null]);
  });
});

describe('steps', () => {
  it('that share an id are told apart by their keys', () => {
    const trace = traceOf([
      rootObservation(),
      observation({ id: 'twice', output: 'one' }),
      observation({ id: 'twice', output: 'two' }),
    ]);

    const keys = toRunDetails(trace).steps.map(({ key }) => key);

    expect(new Set(keys).size).toBe(3);
    expect(keys.slice(1).map((key) => toStepDetails(trace, key)?.output)).toEqual(['one', 'two']);
  });

  it('give the metadata of the marker for a run that has no root yet', () => {
    expect(toStepDetails(traceOf([marker]), '')).toMatchObject({
      input: 'Where is it?',
      metadata: { status: 'in_progress' },
    });
  });
});

describe('what was said', () => {
  it.each([
    ['a text', 'a text'],
    [
      {
        messages: [
          { role: 'user', content: 'one' },
          { role: 'user', content: 'two' },
        ],
      },
      'two',
    ],
    [
      [
        {
          role: 'user',
          content: [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }],
        },
      ],
      'a\nb',
    ],
    [{ role: 'assistant', content: 'yes' }, 'yes'],
    [{ error: { type: 'Error', message: 'broken' }, partialOutput: 'x' }, 'broken'],
    [{ question: 'why?', k: 4 }, 'why?'],
    [{ pending: [{ type: 'approval' }] }, null],
    [[1, 2], null],
    [[], null],
    [42, null],
    [null, null],
    [{ messages: [null] }, null],
    [{ error: 'text' }, null],
  ])('in %j is %j', (value, text) => {
    expect(saidIn(value)).toBe(text);
  });

  it('is cut in a list, in the middle of no character', () => {
    const fake = createWatchedFake({ history: 'none' });
    postRun(fake, { number: 1, input: `${'x'.repeat(158)}\u{1F600}${'y'.repeat(50)}` });
    const trace = fake.trace(traceIdOf(1));

    const preview = trace === undefined ? '' : toRunSummary(trace).preview;

    expect(preview.isWellFormed()).toBe(true);
    expect(preview).toBe(`${'x'.repeat(158)}…`);
  });

  it('is cut in a conversation when it is very long', () => {
    const long = { rows: 'x'.repeat(100_000) };

    const turn = toConversationRun(traceOf([rootObservation({ input: long })]));

    expect(JSON.stringify(turn).length).toBeLessThan(25_000);
  });
});
