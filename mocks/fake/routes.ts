import type { FakeRequest, FakeResponse, RequestTarget } from '../fake-exchange.ts';
import type { WriteMode } from './server-version.ts';
import { jsonAnswer, notFound, notFoundPage, redirect, refusalOfRead } from './answers.ts';
import { refuseUnlessProject, resolveAccess } from './authentication.ts';
import type { Access, ProjectKeys } from './authentication.ts';
import { parseBody } from './ingestion.ts';
import type { LangfuseServer } from './langfuse-server.ts';
import { readLegacyObservation, readLegacyObservations } from './legacy-observations-read.ts';
import { parseMetricsQuery, readMetrics } from './metrics-read.ts';
import { project } from './project.ts';
import { readObservations } from './observations-read.ts';
import { decodeExport } from './otlp.ts';
import { canonicalPath, decodePart, parseTarget } from './request-url.ts';
import type { RequestUrl } from './request-url.ts';
import { readScores, readScoresV3 } from './scores-read.ts';
import type { Capabilities } from './server-version.ts';
import { readSession, readSessions } from './sessions-read.ts';
import { readTrace, readTraces } from './traces-read.ts';

/** What the answer to a request depends on besides the request. */
export interface RouteContext {
  readonly server: LangfuseServer;
  readonly keys: ProjectKeys;
  readonly version: string;
  readonly capabilities: Capabilities;
  readonly writeMode: WriteMode;
  readonly nowMs: number;
  /** A partial fault, which refuses items of a batch. */
  readonly refuse: (item: unknown, index: number) => 400 | 500 | undefined;
}

/** A body that was looked into: what it holds, and the answer if it could not be read. */
export interface RequestBody {
  readonly json?: unknown;
  readonly answer?: FakeResponse;
}

/** Whether the request is a write, and on which wire. */
export function targetOf({ method, path }: FakeRequest): RequestTarget {
  if (method !== 'POST') return 'reads';
  const { pathname } = parseTarget(path);
  if (pathname === ingestionPath) return 'ingestion';
  return pathname === otlpPath ? 'otlp' : 'reads';
}

/** Reads the body of a write. */
export function bodyOf(request: FakeRequest, capabilities: Capabilities): RequestBody {
  const target = targetOf(request);
  switch (target) {
    case 'ingestion':
      return parseBody(request);
    case 'otlp':
      return decodeExport(request, capabilities);
    case 'reads':
      return {};
    default:
      return target satisfies never;
  }
}

/** The real server's answer to a request. */
export function route(
  request: FakeRequest,
  body: RequestBody,
  context: RouteContext,
): FakeResponse {
  const url = parseTarget(request.path);
  const path = canonicalPath(url.pathname);
  if (path !== url.pathname) return redirect(`${path}${url.search}`);
  try {
    const response = routePath({ request, body, url }, context);
    return request.method === 'HEAD' ? { ...response, body: '' } : response;
  } catch (error) {
    const refusal = refusalOfRead(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

const ingestionPath = '/api/public/ingestion';
const otlpPath = '/api/public/otel/v1/traces';

interface Routed {
  readonly request: FakeRequest;
  readonly body: RequestBody;
  readonly url: RequestUrl;
}

function routePath(routed: Routed, context: RouteContext): FakeResponse {
  const { request, url } = routed;
  const access = resolveAccess(request.headers['authorization'], context.keys);
  const isHealth = url.pathname === '/api/public/health' || url.pathname === '/api/public/ready';
  if (isHealth)
    return onlyGet(request, () => jsonAnswer(200, { status: 'OK', version: context.version }));
  switch (url.pathname) {
    case ingestionPath:
      return answerIngestion(routed, { ...context, access });
    case otlpPath:
      return context.capabilities.otlp
        ? answerExport(routed, { ...context, access })
        : notFoundPage();
    case '/api/public/otel/v1/metrics':
      return context.capabilities.otlp ? jsonAnswer(200, { message: 'OK' }) : notFoundPage();
    case '/api/public/projects':
      return onlyGet(request, () => answerProjects(access));
    default:
      return answerRead(routed, { ...context, access });
  }
}

type WithAccess = RouteContext & { readonly access: Access };

function answerIngestion({ request, body }: Routed, context: WithAccess): FakeResponse {
  if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' };
  if (request.method !== 'POST') return methodNotAllowed();
  return body.answer ?? context.server.ingest(body.json, context);
}

function answerExport({ request, body }: Routed, context: WithAccess): FakeResponse {
  if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' };
  if (request.method !== 'POST') return methodNotAllowed();
  const { headers } = request;
  return (
    refuseUnlessProject(context.access) ??
    body.answer ??
    context.server.exportSpans(body.json, { ...context, headers })
  );
}

function answerProjects(access: Access): FakeResponse {
  switch (access.type) {
    case 'project':
      return jsonAnswer(200, { data: [project] });
    case 'scores':
      return jsonAnswer(403, { message: 'Invalid API key. Are you using an organization key?' });
    case 'refused':
      return jsonAnswer(401, { message: access.message });
    default:
      return access satisfies never;
  }
}

type Read = (context: WithAccess, url: RequestUrl) => FakeResponse;

const v2Reads: Readonly<Record<string, Read>> = {
  'v2/observations': ({ server, nowMs, capabilities }, url) =>
    capabilities.isV4
      ? readObservations(server.eventRows(nowMs), url)
      : notInThisMode('observations'),
  'v2/metrics': ({ server, nowMs, writeMode }, url) => {
    const query = parseMetricsQuery(url);
    return writeMode === 'legacy'
      ? notInThisMode('metrics')
      : readMetrics(server.eventRows(nowMs), query);
  },
  'v3/scores': ({ server }, url) => readScoresV3(server.legacyTables(), url),
};

const legacyLists: Readonly<Record<string, Read>> = {
  traces: ({ server }, url) => readTraces(server.legacyTables(), url),
  observations: ({ server }, url) => readLegacyObservations(server.legacyTables(), url),
  sessions: ({ server }, url) => readSessions(server.legacyTables(), url),
  scores: ({ server }, url) => readScores(server.legacyTables(), url),
  'v2/scores': ({ server }, url) => readScores(server.legacyTables(), url),
  metrics: (_, url) => readMetrics([], parseMetricsQuery(url)),
};

const legacyItems: Readonly<Record<string, (server: LangfuseServer, id: string) => FakeResponse>> =
  {
    traces: (server, id) => readTrace(server.legacyTables(), id),
    observations: (server, id) => readLegacyObservation(server.legacyTables(), id),
    sessions: (server, id) => readSession(server.legacyTables(), id),
  };

// Writes by kind, older than the ingestion endpoint. An events_only server refuses them by name; others do not have
// them here.
const olderWrites: ReadonlySet<string> = new Set(['traces', 'spans', 'generations', 'events']);

function answerRead({ request, url }: Routed, context: WithAccess): FakeResponse {
  const name = /^\/api\/public\/(.+)$/.exec(url.pathname)?.[1] ?? '';
  const isV2 = Object.hasOwn(v2Reads, name) && context.capabilities.v2Reads;
  const read = isV2 ? v2Reads[name] : legacyRead(name);
  const isLegacy =
    (!isV2 && read !== undefined) || (request.method === 'POST' && olderWrites.has(name));
  if (isLegacy && context.writeMode === 'events_only') return notInEventsOnly();
  if (read === undefined) return notFoundPage();
  return onlyGet(request, () => refuseUnlessProject(context.access) ?? read(context, url));
}

function legacyRead(name: string): Read | undefined {
  if (Object.hasOwn(legacyLists, name)) return legacyLists[name];
  const [kind = '', id = '', ...rest] = name.split('/');
  const readItem = Object.hasOwn(legacyItems, kind) ? legacyItems[kind] : undefined;
  if (readItem === undefined || id === '' || rest.length > 0) return undefined;
  return ({ server }) => readItem(server, decodePart(id));
}

function onlyGet({ method }: FakeRequest, answer: () => FakeResponse): FakeResponse {
  if (method === 'OPTIONS') return { status: 204, headers: {}, body: '' };
  return method === 'GET' ? answer() : methodNotAllowed();
}

function methodNotAllowed(): FakeResponse {
  return jsonAnswer(405, { message: 'Method not allowed', error: 'MethodNotAllowedError' });
}

function notInEventsOnly(): FakeResponse {
  return jsonAnswer(404, {
    message:
      'This endpoint is not available on deployments running in Langfuse v4 events_only mode. Learn more about Langfuse v4 at: https://langfuse.com/docs/v4',
  });
}

function notInThisMode(api: string): FakeResponse {
  return notFound(
    `The ${api} v2 API is only available in a Langfuse v4 write mode. Learn more at: https://langfuse.com/docs/v4`,
  );
}
