import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';

import { sendCommand } from '../../adapters/cli/send/command.ts';
import { createHttpClient, type HttpClient } from '../../adapters/langfuse/http.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type FakeResponse,
} from '../../mocks/fake-langfuse.ts';
import { memorySink } from '../../src/index.ts';
import { nested, nestedObjects } from './hostile-values.ts';

const mebibyte = 1024 * 1024;

async function clientOf(answer: RequestListener): Promise<HttpClient> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return createHttpClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publicKey: 'pk-lf-1',
    secretKey: 'sk-lf-1',
    requestTimeoutMs: 20_000,
    headers: {},
    fetch: undefined,
    proxyVariables: {},
  });
}

const { signal } = new AbortController();

function textOf(result: Awaited<ReturnType<HttpClient['get']>>): string {
  return result.type === 'answer' ? result.text : result.message;
}

describe('an answer of a server', () => {
  it('that never ends is read up to a bound, and then the connection is given up', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const client = await clientOf((_request, response) => {
      closed = once(response, 'close');
      const block = Buffer.alloc(64 * 1024, 'a');
      const pour = (): void => {
        while (!response.destroyed && response.write(block)) {
          // Until the socket is full.
        }
        response.once('drain', pour);
      };
      pour();
    });

    const text = textOf(await client.get('/', { signal }));
    await closed;

    expect(text.length).toBeGreaterThan(1_000_000);
    expect(text.length).toBeLessThan(2 * mebibyte);
  });

  it('that is small and grows to a gigabyte when it is unpacked is read up to the same bound', async () => {
    const client = await clientOf((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const block = Buffer.alloc(mebibyte);
      const blocks = Array.from({ length: 1_024 }, () => block);
      Readable.from(blocks).pipe(createGzip()).pipe(response);
    });

    const text = textOf(await client.get('/', { signal }));

    expect(text.length).toBeLessThan(2 * mebibyte);
  });

  it.each([
    ['arrays', nested(400_000)],
    ['objects', nestedObjects(150_000)],
  ])('with %s nested without end is an answer like any other', async (_what, body) => {
    const client = await clientOf((_request, response) => response.end(body));

    await expect(client.get('/', { signal })).resolves.toMatchObject({
      type: 'answer',
      status: 200,
    });
  });
});

function request(fake: FakeLangfuse, path: string, body: string | Uint8Array): FakeResponse {
  const { publicKey, secretKey } = fake.options;
  const reply = fake.handle({
    method: 'POST',
    path,
    headers: {
      authorization: `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`,
      'content-type': 'application/json',
      ...(typeof body !== 'string' && { 'content-encoding': 'gzip' }),
    },
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  });
  if (reply.type !== 'response') throw new Error(`expected a response, found a ${reply.type}`);
  return reply.response;
}

const ingestion = '/api/public/ingestion';
const otlp = '/api/public/otel/v1/traces';

function trace(id: string, fields: string): string {
  return `{"batch":[{"id":"${id}","type":"trace-create","timestamp":"2026-11-20T00:00:00Z","body":{"id":"${id}","name":"agent"${fields}}}]}`;
}

function span(attributes: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'a'.repeat(32)}","spanId":"${'b'.repeat(16)}","name":"agent","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[${attributes}]}]}]}]}`;
}

const deepText = JSON.stringify(nestedObjects(30_000));
const deepValue = `${'{"arrayValue":{"values":['.repeat(30_000)}{"stringValue":"x"}${']}}'.repeat(30_000)}`;

describe('a request to the fake Langfuse', () => {
  it('that grows beyond 64 MiB when it is unpacked is refused', () => {
    const bomb = gzipSync(Buffer.alloc(65 * mebibyte));

    const response = request(createFakeLangfuse(), otlp, bomb);

    expect(bomb.byteLength).toBeLessThan(mebibyte);
    expect(response).toMatchObject({
      status: 400,
      body: '{"error":"Failed to decompress request body"}',
    });
  });

  it.each([
    [
      'a trace',
      ingestion,
      trace('deep', `,"input":${nested(200_000)},"metadata":${nestedObjects(100_000)}`),
    ],
    ['a batch', ingestion, nested(400_000)],
    ['an attribute', otlp, span(`{"key":"a","value":${deepValue}}`)],
    [
      'metadata in an attribute',
      otlp,
      span(`{"key":"langfuse.observation.metadata","value":{"stringValue":${deepText}}}`),
    ],
    ['an export', otlp, nested(400_000)],
  ])('in which %s is nested without end is answered, and the fake goes on', (_what, path, body) => {
    for (const writeMode of ['legacy', 'dual', 'events_only'] as const) {
      const fake = createFakeLangfuse({ writeMode });

      const { status } = request(fake, path, body);
      request(fake, otlp, span('').replaceAll('a'.repeat(32), 'c'.repeat(32)));

      expect([200, 207, 400, 500]).toContain(status);
      expect(fake.traces().map(({ id }) => id)).toContain('c'.repeat(32));
    }
  });
});

describe('a line for send', () => {
  it('with an input nested without end is taken, and one with such an error is refused', async () => {
    const sink = memorySink();
    let errors = '';
    const deepError = `${'{"type":"E","message":"m","cause":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const lines = [
      `{"type":"run-start","runId":"a","name":"agent","input":${nested(500_000)}}`,
      `{"type":"run-end","runId":"a","status":"error","error":${deepError}}`,
      '{"type":"run-end","runId":"a","status":"completed","output":"answer"}',
    ];
    const command = sendCommand({
      createSink: () => sink,
      stdin: Readable.from(lines.map((line) => Buffer.from(`${line}\n`))),
      write: () => undefined,
      writeError: (text) => void (errors += text),
      showProgress: undefined,
      onStop: () => () => undefined,
      setExitCode: () => undefined,
    });

    await command.parseAsync([], { from: 'user' });

    expect(sink.parents.map(({ output }) => output)).toEqual(['answer']);
    expect(errors).toMatch(/^line 2: Not a lifecycle event: /);
  });
});
