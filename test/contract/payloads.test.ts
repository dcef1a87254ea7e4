import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { toPayloadFile } from './payload.ts';
import { scenarios } from './scenarios.ts';
import { play, sinks } from './sinks.ts';

const modern = sinks.filter(
  ({ wire, observationTypes }) => wire !== 'none' && observationTypes === 'all',
);
const old = sinks.filter(({ observationTypes }) => observationTypes === 'basic');
const telling = new Set([
  'every-kind',
  'nested-runs',
  'generation-facts',
  'long-run',
  'steps-left-open',
]);

describe.each(modern)('what $name sends', (sink) => {
  it.each(scenarios)('for $name is what is on file', async (scenario) => {
    const played = await play(sink, scenario);

    const sent = toPayloadFile(played.requests);
    await expect(sent).toMatchFileSnapshot(`payloads/${sink.wire}/${scenario.name}.json`);
  });
});

describe.each(old)('what $name sends', (sink) => {
  it.each(scenarios.filter(({ name }) => telling.has(name)))(
    'for $name is what is on file',
    async (scenario) => {
      const played = await play(sink, scenario);

      const sent = toPayloadFile(played.requests);
      await expect(sent).toMatchFileSnapshot(`payloads/ingestion-basic/${scenario.name}.json`);
    },
  );
});

it.each(['ingestion', 'otlp'])('on file for %s is nothing else', (wire) => {
  const files = readdirSync(new URL(`payloads/${wire}`, import.meta.url));

  expect(files.toSorted()).toEqual(scenarios.map(({ name }) => `${name}.json`).toSorted());
});
