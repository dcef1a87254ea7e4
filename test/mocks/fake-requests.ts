import type { FakeLangfuse, FakeReply, FakeResponse } from '../../mocks/fake-langfuse.ts';
import { recordedKeys } from './replay.ts';

const { publicKey, secretKey } = recordedKeys;

/** The header of the fake's own project. */
export const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;

/** The start of everything that these tests send. */
export const startedAtMs: number = Date.parse('2026-11-23T12:00:00.000Z');

/** An answer with its body parsed, where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends a legacy batch and gives back whatever the carrier would have to do. */
export function postBatch(fake: FakeLangfuse, batch: readonly unknown[]): FakeReply {
  return fake.handle({
    method: 'POST',
    path: '/api/public/ingestion',
    headers: { authorization, 'content-type': 'application/json' },
    body: encode({ batch }),
  });
}

/** Sends spans as OTLP JSON. */
export function postSpans(
  fake: FakeLangfuse,
  spans: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  return postExport(fake, encode(exportOf(spans)), headers);
}

/** Sends the bytes of an OTLP export, as JSON unless the headers say otherwise. */
export function postExport(
  fake: FakeLangfuse,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): FakeReply {
  return fake.handle({
    method: 'POST',
    path: '/api/public/otel/v1/traces',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body,
  });
}

/** Reads a path below `/api/public/`. */
export function get(fake: FakeLangfuse, path: string): Answer {
  return answerOf(
    fake.handle({
      method: 'GET',
      path: `/api/public/${path}`,
      headers: { authorization },
      body: new Uint8Array(),
    }),
  );
}

/** The answer in a reply; throws when there is none. */
export function answerOf(reply: FakeReply): Answer {
  if (reply.type !== 'response') throw new Error(`Expected a response, got ${reply.type}.`);
  const { status, headers, body } = reply.response;
  return { status, body: isJson(headers) ? (JSON.parse(body) as unknown) : body };
}

/** The rows of a list that was read. */
export function rowsOf({ body }: Answer): readonly Readonly<Record<string, unknown>>[] {
  return (body as { readonly data: readonly Readonly<Record<string, unknown>>[] }).data;
}

/** A legacy event; the envelope is stamped one second after the start unless told otherwise. */
export function event(
  type: string,
  body: Readonly<Record<string, unknown>>,
  { id = `${type}-${String(body['id'])}`, afterMs = 1000 } = {},
): Readonly<Record<string, unknown>> {
  return { id, type, timestamp: new Date(startedAtMs + afterMs).toISOString(), body };
}

/** An OTLP span of five seconds; attributes are texts. */
export function span(
  changes: Readonly<Record<string, unknown>> = {},
  attributes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> {
  return {
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: '00000000000000a1',
    name: 'support-agent',
    kind: 1,
    startTimeUnixNano: `${startedAtMs}000000`,
    endTimeUnixNano: `${startedAtMs + 5000}000000`,
    attributes: Object.entries(attributes).map(([key, text]) => ({
      key,
      value: { stringValue: text },
    })),
    ...changes,
  };
}

/** The export of one resource and one scope. */
export function exportOf(spans: readonly unknown[]): unknown {
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 'test' }, spans }] }] };
}

/** JSON as bytes. */
export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function isJson(headers: FakeResponse['headers']): boolean {
  return (headers['content-type'] ?? '').startsWith('application/json');
}
