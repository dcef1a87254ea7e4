import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { createLifecycle } from '../../src/index.ts';
import { langfuseOtlp } from '../../adapters/langfuse/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { arrivedAt, deliveredAllOf, manyRuns, observationsOf, quick, work } from './bench.ts';

const page = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8');
const configuration = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';

/** A setting of the documented Collector configuration; its name is unique there. */
function setting(name: string): string {
  const found = new RegExp(`^ *${name}: *(.*)$`, 'm').exec(configuration)?.[1];
  if (found === undefined)
    throw new Error(`docs/delivery.md: expected "${name}" in the Collector's configuration`);
  return found.replaceAll('"', '').trim();
}

/** What stands between: a receiver and an exporter as the page configures them. It is no Collector. */
async function serveStandIn(
  langfuseUrl: string,
  credentials: string,
): Promise<{ readonly url: string; readonly received: string[] }> {
  const received: string[] = [];
  const endpoint = setting('endpoint').replace('https://cloud.langfuse.com', langfuseUrl);
  const server = createServer((request, response) => void forward(request, response));
  async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    received.push(request.url ?? '');
    if (request.url !== setting('traces_url_path')) {
      response.writeHead(404).end('404 page not found');
      return;
    }
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    const answer = await fetch(`${endpoint}/v1/traces`, {
      method: 'POST',
      headers: {
        'content-type': request.headers['content-type'] ?? '',
        authorization: setting('Authorization').replace(/\$\{env:\w+\}/, credentials),
        'x-langfuse-ingestion-version': setting('x-langfuse-ingestion-version'),
      },
      body: new Uint8Array(body),
    });
    response
      .writeHead(answer.ok ? 200 : 503, { 'content-type': 'application/json' })
      .end('{"partialSuccess":{}}');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

it('an OTLP receiver and exporter set up as documented pass everything on, with keys of their own', async () => {
  const fake = createFakeLangfuse();
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const { publicKey, secretKey } = fake.options;
  const credentials = Buffer.from(`${publicKey}:${secretKey}`).toString('base64');
  const standIn = await serveStandIn(server.url, credentials);
  const lifecycle = createLifecycle({
    // The program needs no valid key.
    sink: langfuseOtlp({
      publicKey: 'pk-lf-collector',
      secretKey: 'sk-lf-collector',
      baseUrl: standIn.url,
      env: {},
      dotenv: false,
    }),
    interruption: false,
    limits: quick,
  });

  await work(lifecycle, manyRuns);
  const report = await lifecycle.shutdown();

  const traces = fake.traces();
  expect(new Set(standIn.received)).toEqual(new Set(['/api/public/otel/v1/traces']));
  expect(report).toEqual(deliveredAllOf(manyRuns));
  expect(traces.flatMap(missingFromParent)).toEqual([]);
  expect(arrivedAt(fake, traces)).toMatchObject({
    parents: manyRuns.runs,
    observations: observationsOf(manyRuns),
  });
  expect(
    fake.requests.every(({ headers }) => headers['x-langfuse-ingestion-version'] === '4'),
  ).toBe(true);
});
