import { gunzipSync } from 'node:zlib';
import { http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, beforeAll, beforeEach } from 'vitest';

import { decodeExportRequest } from '../../mocks/fake/otlp-protobuf.ts';

/** A request as the server got it, unpacked. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Length of the body. */
  readonly bytes: number;
  /** The body; protobuf in its JSON form. */
  readonly json: unknown;
}

/** An event of an ingestion batch. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A span of an OTLP export, its attributes as a plain record. */
export interface SeenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number; readonly message?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Answer = (request: SeenRequest) => Response | Promise<Response>;

/** A server of our own at https://langfuse.test, as simple as an answer per path. */
export interface LangfuseServer {
  readonly requests: SeenRequest[];
  /** Answers the next `times` requests whose path starts so; the last rule that is left wins. */
  on(path: string, answer: Answer, times?: number): void;
  /** Requests to a path, without its query. */
  to(path: string): readonly SeenRequest[];
  /** All ingestion events, in order of arrival. */
  events(): readonly SeenEvent[];
  /** All OTLP spans, in order of arrival. */
  spans(): readonly SeenSpan[];
}

const baseUrl = 'https://langfuse.test';

/** Options that lead every sink of a test to the server of `langfuseServer`, whatever the machine has set. */
export const options = {
  publicKey: 'pk-lf-test',
  secretKey: 'sk-lf-test',
  baseUrl,
  env: {},
  dotenv: false,
} as const;

/** A fresh server for the tests of a file: version 4.16.0 in mode `dual`, taking everything. */
export function langfuseServer(): LangfuseServer {
  const requests: SeenRequest[] = [];
  let rules: { path: string; answer: Answer; left: number }[] = [];
  const server = setupServer(
    http.all(`${baseUrl}/*`, async ({ request }) => {
      const seen = await toSeen(request);
      requests.push(seen);
      const rule = rules.findLast(({ path, left }) => left > 0 && seen.path.startsWith(path));
      if (rule !== undefined) rule.left -= 1;
      return (rule?.answer ?? defaultAnswer)(seen);
    }),
  );
  beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
  beforeEach(() => {
    requests.length = 0;
    rules = [];
  });
  afterAll(() => server.close());

  const to = (path: string): readonly SeenRequest[] =>
    requests.filter((request) => request.path.split('?')[0] === path);
  return {
    requests,
    on: (path, answer, times = Infinity) => rules.push({ path, answer, left: times }),
    to,
    events: () => to('/api/public/ingestion').flatMap((request) => eventsOf(request)),
    spans: () => to('/api/public/otel/v1/traces').flatMap((request) => spansOf(request)),
  };
}

export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Response {
  return Response.json(body, { status, headers });
}

export function html(status: number): Response {
  return new Response('<html><body>a page</body></html>', {
    status,
    headers: { 'content-type': 'text/html' },
  });
}

/** The events of one request to the ingestion endpoint. */
export function eventsOf({ json: body }: SeenRequest): readonly SeenEvent[] {
  return (body as { batch: SeenEvent[] }).batch;
}

/** A 207 in which `statusOf` decides for each event; 201 is a success. */
export function multiStatus(
  request: SeenRequest,
  statusOf: (event: SeenEvent) => { status: number; message?: string; error?: string } | undefined,
): Response {
  const successes: unknown[] = [];
  const errors: unknown[] = [];
  for (const event of eventsOf(request)) {
    const error = statusOf(event);
    if (error === undefined) successes.push({ id: event.id, status: 201 });
    else errors.push({ id: event.id, ...error });
  }
  return json(207, { successes, errors });
}

/** What an `events_only` server says to trace and observation events. */
export const notAccepted = {
  status: 400,
  message: 'Event type not accepted',
  error:
    'Event type "trace-create" is not accepted by /api/public/ingestion when LANGFUSE_MIGRATION_V4_WRITE_MODE is events_only.',
};

interface WireSpan extends Omit<SeenSpan, 'attributes'> {
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface WireExport {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** The spans of one request to the OTLP endpoint. */
export function spansOf({ json: body }: SeenRequest): readonly SeenSpan[] {
  return (body as WireExport).resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(withPlainAttributes);
}

function withPlainAttributes(span: WireSpan): SeenSpan {
  const attributes = span.attributes.map(({ key, value }) => [key, plain(value)]);
  return { ...span, attributes: Object.fromEntries(attributes) };
}

function plain(value: Record<string, unknown>): unknown {
  const list = value['arrayValue'] as { values: Record<string, unknown>[] } | undefined;
  if (list !== undefined) return list.values.map(plain);
  // In the JSON form of protobuf a whole number of 64 bits is a text.
  return 'intValue' in value ? Number(value['intValue']) : Object.values(value)[0];
}

async function toSeen(request: Request): Promise<SeenRequest> {
  const url = new URL(request.url);
  const bytes = Buffer.from(await request.arrayBuffer());
  const isGzip = request.headers.get('content-encoding') === 'gzip';
  const body = isGzip ? gunzipSync(bytes) : bytes;
  return {
    method: request.method,
    path: url.pathname + url.search,
    headers: Object.fromEntries(request.headers),
    bytes: body.byteLength,
    json: decoded(body, request.headers.get('content-type') ?? ''),
  };
}

function decoded(body: Buffer, contentType: string): unknown {
  if (contentType === 'application/x-protobuf') return decodeExportRequest(body);
  return body.byteLength === 0 ? undefined : JSON.parse(body.toString());
}

function defaultAnswer(request: SeenRequest): Response {
  const [path] = request.path.split('?');
  switch (path) {
    case '/api/public/health':
      return json(200, { status: 'OK', version: '4.16.0' });
    case '/api/public/traces':
      return json(200, { data: [], meta: { page: 1, limit: 1, totalItems: 0, totalPages: 0 } });
    case '/api/public/v2/metrics':
      return json(200, { data: [] });
    case '/api/public/projects':
      return json(200, { data: [{ id: 'project-1', name: 'Project' }] });
    case '/api/public/ingestion':
      return multiStatus(request, () => undefined);
    case '/api/public/otel/v1/traces':
      return json(200, {});
    default:
      return html(404);
  }
}
