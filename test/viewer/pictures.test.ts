import { expect, it, onTestFinished } from 'vitest';

import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse, type FakeTrace } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { runUntilStopped, type StoppedProgram } from './pictures/stopped-program.ts';

async function traceLeftBy(program: StoppedProgram): Promise<FakeTrace | undefined> {
  const fake = createFakeLangfuse({ writeMode: 'events_only' });
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  await runUntilStopped(program, { fake, url: server.url });
  return fake.traces()[0];
}

it('the picture of today shows what happens: a process that is stopped leaves children without a parent', async () => {
  const trace = await traceLeftBy('with-tracing');

  expect(trace).toMatchObject({ name: null, input: null, output: null, sessionId: 'chat-7' });
  expect(trace?.observations.map(({ name, isRoot }) => [name, isRoot])).toEqual([
    ['plan', false],
    ['find-order', false],
  ]);
});

it('the picture beside it shows the same agent with this package: the parent is complete', async () => {
  const trace = await traceLeftBy('with-lifecycle');

  expect(trace && missingFromParent(trace)).toEqual([]);
  expect(trace?.observations.map(({ name, level }) => [name, level])).toEqual(
    expect.arrayContaining([
      ['support-agent', 'ERROR'],
      ['plan', 'DEFAULT'],
      ['find-order', 'DEFAULT'],
      ['track-parcel', 'WARNING'],
    ]),
  );
});
