import type { ServerResponse } from 'node:http';

import { dataHeader, DataFormatError } from '../data-format.ts';
import { type Exchange, readBody, refuseBody } from '../request-body.ts';
import type { Front } from '../server.ts';
import type { WatchedFake } from '../watched-fake.ts';
import type { WriteArchive } from '../write-archive.ts';
import { refusalOf } from './access.ts';
import type { Conversation, FeedEvent, ServerFacts } from './api.ts';
import { importData } from './import-data.ts';
import { type PageFile, readPageFiles } from './page-files.ts';
import { toConversationRun, toRunDetails, toStepDetails } from './run-facts.ts';
import { createRunFeed, type RunFeed } from './run-feed.ts';

/** What the viewer shows. */
export interface ViewerOptions {
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
  /** What the server listens on: the one name beside the usual ones that it answers to. */
  readonly host: string;
}

/** The page with its API, before a fake. */
export interface Viewer extends Front {
  close(): void;
}

/**
 * A page that shows the runs of a fake, at `/`; what it needs is below `/viewer/`, and everything else is left to the fake.
 * Links to traces and sessions as Langfuse has them lead to the page.
 */
export function createViewer({ fake, archive, host }: ViewerOptions): Viewer {
  const files = readPageFiles();
  const feed = createRunFeed(fake, () => factsOf(fake, archive));
  return {
    handle(exchange) {
      const { request, response } = exchange;
      const target = request.url ?? '/';
      const refusal = refusalOf({ target, headers: request.headers }, host);
      if (refusal !== undefined) {
        request.resume();
        answerText(response, 403, refusal);
        return true;
      }
      if (!target.startsWith('/')) return false;
      const url = new URL(`http://viewer${target}`);
      const place = deepLink(url);
      if (place !== undefined) {
        response.writeHead(302, { location: place, 'content-length': '0' }).end();
        return true;
      }
      if (url.pathname !== '/' && !url.pathname.startsWith('/viewer/')) return false;
      answer(exchange, { url, fake, archive, feed, files });
      return true;
    },
    close: () => feed.close(),
  };
}

interface Context {
  readonly url: URL;
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
  readonly feed: RunFeed;
  readonly files: ReadonlyMap<string, PageFile>;
}

function answer(exchange: Exchange, context: Context): void {
  const { request, response } = exchange;
  const { pathname } = context.url;
  const allowed = pathname === '/viewer/api/import' ? ['POST'] : ['GET', 'HEAD'];
  if (!allowed.includes(request.method ?? '')) {
    request.resume();
    response.setHeader('allow', allowed.join(', '));
    answerText(response, 405, `Expected ${allowed.join(' or ')}.`);
    return;
  }
  if (pathname === '/viewer/api/import') {
    takeImport(exchange, context).catch((error: unknown) =>
      answerText(response, 500, String(error)),
    );
    return;
  }
  const file = context.files.get(pathname);
  if (file === undefined) answerApi(response, context);
  else answerFile(response, file);
}

function answerApi(response: ServerResponse, { url, fake, archive, feed }: Context): void {
  const parameter = (name: string): string => url.searchParams.get(name) ?? '';
  switch (url.pathname) {
    case '/viewer/api/events':
      streamFeed(response, feed);
      return;
    case '/viewer/api/run': {
      const trace = fake.trace(parameter('id'));
      answerJson(response, trace && toRunDetails(trace));
      return;
    }
    case '/viewer/api/step': {
      const trace = fake.trace(parameter('run'));
      answerJson(response, trace && toStepDetails(trace, parameter('step')));
      return;
    }
    case '/viewer/api/conversation':
      answerJson(response, conversationOf(parameter('id'), { fake, feed }));
      return;
    case '/viewer/api/export':
      answerExport(response, { archive, traceId: url.searchParams.get('run') ?? undefined });
      return;
    default:
      answerText(response, 404, 'The viewer has nothing here.');
  }
}

const longestConversation = 200;

function conversationOf(
  id: string,
  { fake, feed }: Pick<Context, 'fake' | 'feed'>,
): Conversation | undefined {
  const runs = feed.runsOf(id);
  if (runs.length === 0) return undefined;
  const shown = runs.slice(-longestConversation).map((run) => fake.trace(run.id));
  return {
    id,
    runs: shown.filter((trace) => trace !== undefined).map(toConversationRun),
    earlier: runs.length - shown.length,
  };
}

async function takeImport(exchange: Exchange, { fake, archive }: Context): Promise<void> {
  const { request, response } = exchange;
  // A type that a form of another site cannot send.
  if (!/^application\/x-ndjson\b/i.test(request.headers['content-type'] ?? '')) {
    request.resume();
    answerText(response, 415, 'Expected content type application/x-ndjson.');
    return;
  }
  const body = await readBody(request);
  if (body.type === 'gone') return;
  if (body.type === 'too-large') {
    refuseBody(exchange);
    return;
  }
  try {
    answerJson(response, importData(new TextDecoder().decode(body.bytes), { fake, archive }));
  } catch (error) {
    if (!(error instanceof DataFormatError)) throw error;
    answerText(response, 400, `Not a data file of this fake: ${error.message}.`);
  }
}

// A page that does not read (a tab that sleeps) must not fill the memory; it connects anew and gets everything.
const unreadLimitBytes = 32 * 1024 * 1024;

function streamFeed(response: ServerResponse, feed: RunFeed): void {
  response.writeHead(200, { ...safeHeaders, 'content-type': 'text/event-stream' });
  // How soon the page tries again when the server was away, milliseconds.
  response.write('retry: 1000\n\n');
  const stop = feed.subscribe(({ name, data }: FeedEvent) => {
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength > unreadLimitBytes) response.destroy();
  });
  response.once('close', stop);
}

function answerExport(
  response: ServerResponse,
  { archive, traceId }: { readonly archive: WriteArchive; readonly traceId: string | undefined },
): void {
  response.writeHead(200, {
    ...safeHeaders,
    'content-type': 'application/x-ndjson',
    'content-disposition': `attachment; filename="${traceId === undefined ? 'runs' : 'run'}.ndjson"`,
  });
  response.write(`${dataHeader}\n`);
  for (const line of archive.lines(traceId)) response.write(`${line}\n`);
  response.end();
}

function answerFile(response: ServerResponse, { type, text }: PageFile): void {
  response.writeHead(200, { ...safeHeaders, 'content-type': type }).end(text);
}

function answerJson(response: ServerResponse, value: unknown): void {
  if (value === undefined) {
    answerText(response, 404, 'It is not there, or not any more.');
    return;
  }
  response
    .writeHead(200, { ...safeHeaders, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { ...safeHeaders, 'content-type': 'text/plain; charset=utf-8' })
    .end(text);
}

// Data of a trace is anybody's text: whatever it holds, the page runs its own scripts only, and nobody frames it.
const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

function factsOf(fake: WatchedFake, { limits }: WriteArchive): ServerFacts {
  const { version, writeMode, publicKey, secretKey } = fake.options;
  return { version, writeMode, publicKey, secretKey, limits };
}

/** Where the page shows what a link of a Langfuse is about. */
function deepLink({ pathname }: URL): string | undefined {
  const [, kind, id] = /^(?:\/project\/[^/]+)?\/(traces?|sessions)\/([^/]+)$/.exec(pathname) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  return `/#/${kind === 'sessions' ? 'conversations' : 'runs'}/${id}`;
}
