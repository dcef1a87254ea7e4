import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeReply,
  type FakeRequest,
  type FakeResponse,
} from '../../mocks/fake-langfuse.ts';
import type { RawClient } from './raw-client.ts';

/** A fake that is reachable at `baseUrl` until `close`. */
export interface OpenCarrier {
  readonly baseUrl: string;
  close(): Promise<void> | void;
}

/** One way to reach a fake, with one client. */
export interface CarrierUnderTest {
  readonly open: (fake: FakeLangfuse) => Promise<OpenCarrier> | OpenCarrier;
  readonly client: RawClient;
}

const ok: FakeResponse = {
  status: 207,
  headers: { 'content-type': 'application/json; charset=utf-8', 'x-ratelimit-limit': '1000' },
  body: '{"successes":[],"errors":[]}',
};

function answered(response: Partial<FakeResponse>): FakeReply {
  return { type: 'response', response: { ...ok, ...response }, delayMs: 0 };
}

/** What every carrier of the fake promises, whatever the fake answers. */
export function describeCarrier(name: string, { open, client }: CarrierUnderTest): void {
  describe(`the fake through ${name}`, () => {
    let reply: FakeReply;
    let seen: FakeRequest[];
    let carrier: OpenCarrier;

    beforeEach(async () => {
      reply = answered({});
      seen = [];
      carrier = await open({
        ...createFakeLangfuse(),
        handle: (request) => {
          seen.push(request);
          return reply;
        },
      });
    });

    afterEach(() => carrier.close());

    it('hands the request to the fake as it was sent', async () => {
      const body = Uint8Array.from({ length: 256 }, (_, index) => index);

      await client(`${carrier.baseUrl}/api/public/ingestion?a=%20b&c=`, {
        method: 'POST',
        headers: { Authorization: 'Basic cGs6c2s=', 'Content-Encoding': 'gzip', 'X-Odd': 'é' },
        body,
      });

      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ method: 'POST', path: '/api/public/ingestion?a=%20b&c=' });
      expect(seen[0]?.headers).toMatchObject({
        authorization: 'Basic cGs6c2s=',
        'content-encoding': 'gzip',
        'x-odd': 'é',
      });
      expect(Buffer.from(seen[0]?.body ?? []).equals(Buffer.from(body))).toBe(true);
    });

    it('keeps doubled and trailing slashes in the path', async () => {
      await client(`${carrier.baseUrl}//api/public/health/`);

      expect(seen.map(({ path }) => path)).toEqual(['//api/public/health/']);
    });

    it('gives status, headers and body of the fake, in any script', async () => {
      reply = answered({ status: 400, body: '{"message":"naïve 漢字 🎉"}' });

      const answer = await client(`${carrier.baseUrl}/api/public/ingestion`);

      expect(answer).toMatchObject({ status: 400, body: '{"message":"naïve 漢字 🎉"}' });
      expect(answer.headers).toMatchObject(ok.headers);
    });

    it('makes up no content type', async () => {
      reply = answered({ status: 413, headers: {}, body: 'Body exceeded 4.5mb limit' });

      const answer = await client(`${carrier.baseUrl}/api/public/ingestion`);

      expect(answer.body).toBe('Body exceeded 4.5mb limit');
      expect(answer.headers).not.toHaveProperty('content-type');
    });

    it('answers HEAD without a body', async () => {
      const answer = await client(`${carrier.baseUrl}/api/public/ingestion`, { method: 'HEAD' });

      expect(answer).toMatchObject({ status: 207, body: '' });
    });

    it.each(['OPTIONS', 'PUT', 'PATCH', 'DELETE'])('leaves %s to the fake', async (method) => {
      const answer = await client(`${carrier.baseUrl}/api/public/traces`, { method });

      expect(seen.map((request) => request.method)).toEqual([method]);
      expect(answer.status).toBe(207);
    });

    it('answers 204 without a body', async () => {
      reply = answered({ status: 204, headers: {}, body: '' });

      expect(await client(`${carrier.baseUrl}/anything`)).toMatchObject({ status: 204, body: '' });
    });

    it('passes a redirect on', async () => {
      reply = answered({ status: 308, headers: { location: '/api/public/health' }, body: '/api' });

      const answer = await client(`${carrier.baseUrl}/api/public/health/`);

      expect(answer.status).toBe(308);
      expect(answer.headers['location']).toBe('/api/public/health');
    });

    it('hangs until the client gives up, and serves the next request', async () => {
      const abort = new AbortController();
      reply = { type: 'hang' };

      const hanging = client(`${carrier.baseUrl}/api/public/ingestion`, { signal: abort.signal });
      const outcome = hanging.catch((error: unknown) => error);
      await expect.poll(() => seen.length).toBe(1);
      abort.abort();
      reply = answered({});
      const next = await client(`${carrier.baseUrl}/api/public/ingestion`);

      expect(await outcome).toMatchObject({ name: 'AbortError' });
      expect(next.status).toBe(207);
    });

    it('breaks the connection before the answer', async () => {
      reply = { type: 'reset', afterBytes: 0, response: ok };

      const outcome = client(`${carrier.baseUrl}/api/public/ingestion`);

      await expect(outcome).rejects.toThrow(Error);
    });

    it.each([10, 10_000])('breaks the body off when told to after %i bytes', async (afterBytes) => {
      const chunks: Uint8Array[] = [];
      reply = { type: 'reset', afterBytes, response: ok };

      const outcome = client(`${carrier.baseUrl}/api/public/ingestion`, {
        onBytes: (bytes) => chunks.push(bytes),
      });

      await expect(outcome).rejects.toThrow(Error);
      const arrived = Buffer.concat(chunks).toString('utf8');
      expect(arrived).toBe(ok.body.slice(0, Math.min(afterBytes, ok.body.length - 1)));
    });

    it('waits as long as the fake says', async () => {
      reply = { type: 'response', response: ok, delayMs: 80 };

      const startedAtMs = performance.now();
      await client(`${carrier.baseUrl}/api/public/ingestion`);

      // Timers may fire up to a millisecond early.
      expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(79);
    });

    it('lets a client give up on a slow answer', async () => {
      const abort = new AbortController();
      reply = { type: 'response', response: ok, delayMs: 60_000 };

      const slow = client(`${carrier.baseUrl}/api/public/ingestion`, { signal: abort.signal });
      const outcome = slow.catch((error: unknown) => error);
      await expect.poll(() => seen.length).toBe(1);
      abort.abort();

      expect(await outcome).toMatchObject({ name: 'AbortError' });
    });

    it('keeps requests at the same time apart', async () => {
      const paths = Array.from({ length: 20 }, (_, index) => `/api/public/traces/${index}`);

      const answers = await Promise.all(paths.map((path) => client(`${carrier.baseUrl}${path}`)));

      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 207));
      expect(seen.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    });
  });
}
