import { setupServer } from 'msw/node';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';

import {
  createFakeLangfuse,
  langfuseHandlers,
  type FakeLangfuse,
  type FakeRequest,
} from '../../mocks/index.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { viaFetch, viaHttp, type RawClient } from './raw-client.ts';
import { loadRecordings } from './recordings.ts';
import { createReplayClock, recordedKeys, replay, type Carrier } from './replay.ts';

interface Route {
  readonly name: string;
  /** Opens the way to the fake until the test is over. */
  readonly open: (fake: FakeLangfuse) => Promise<Carrier>;
}

// node:http sends and shows headers exactly as they are; fetch is what most users put behind MSW.
const routes: readonly Route[] = [
  { name: 'MSW (fetch)', open: openMsw },
  { name: 'HTTP (node:http)', open: openHttp },
];

const scenarios = loadRecordings().flatMap((file) => file.scenarios);

describe.each(routes)(
  'the fake over $name answers as the recorded server did',
  ({ name, open }) => {
    let conforming = 0;
    afterAll(() => {
      process.stdout.write(
        `conformance: ${conforming} of ${scenarios.length} recorded scenarios over ${name}\n`,
      );
    });

    it.each(scenarios)('$id: $title', async (scenario) => {
      const clock = createReplayClock();
      const { writeMode } = scenario.server;
      const fake = createFakeLangfuse({ writeMode, ...recordedKeys, now: () => clock.now() });
      const send = await open(fake);

      const found = await replay(scenario, { send, clock, scenarios });

      expect(found).toEqual([]);
      conforming += 1;
    });
  },
);

async function openMsw(fake: FakeLangfuse): Promise<Carrier> {
  const baseUrl = 'https://langfuse.test';
  const server = setupServer(...langfuseHandlers(fake, { baseUrl }));
  server.listen({ onUnhandledFrame: 'error' });
  onTestFinished(() => server.close());
  return (request) => sendTo(viaFetch, { baseUrl, request });
}

async function openHttp(fake: FakeLangfuse): Promise<Carrier> {
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  return (request) => sendTo(viaHttp, { baseUrl: server.url, request });
}

interface Sending {
  readonly baseUrl: string;
  readonly request: FakeRequest;
}

function sendTo(client: RawClient, { baseUrl, request }: Sending): ReturnType<Carrier> {
  const { method, path, headers, body } = request;
  const content = body.byteLength === 0 ? {} : { body: Uint8Array.from(body) };
  return client(`${baseUrl}${path}`, { method, headers, ...content });
}
