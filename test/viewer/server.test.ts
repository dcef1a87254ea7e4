import { describe, expect, it } from 'vitest';

import type { FeedEvent } from '../../mocks/viewer/api.ts';
import { authorization } from '../mocks/fake-requests.ts';
import { viaHttp, type RawResponse } from '../mocks/raw-client.ts';
import { openViewer, postRun, stepIdOf, traceIdOf } from './bench.ts';

function postImport(
  url: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  return viaHttp(`${url}/viewer/api/import`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    body: new TextEncoder().encode(text),
  });
}

/** Reads the stream of events until one is told that satisfies. */
async function readFeed(
  url: string,
  isLast: (event: FeedEvent) => boolean,
  onEvent: (event: FeedEvent) => void = () => undefined,
): Promise<readonly FeedEvent[]> {
  const abort = new AbortController();
  const events: FeedEvent[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  await viaHttp(`${url}/viewer/api/events`, {
    signal: abort.signal,
    onBytes(bytes) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks.filter((one) => one.startsWith('event: '))) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        const event = { name, data: JSON.parse(data ?? 'null') } as FeedEvent;
        events.push(event);
        onEvent(event);
        if (isLast(event)) abort.abort();
      }
    },
  }).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return events;
}

function runIdsIn(events: readonly FeedEvent[]): readonly string[] {
  return events.flatMap((event) => (event.name === 'runs' ? event.data.map(({ id }) => id) : []));
}

describe('the page', () => {
  it('is at the root, and everything that it loads is there', async () => {
    const { url } = await openViewer();

    const page = await viaHttp(url);
    const paths = Array.from(page.body.matchAll(/(?:href|src)="([^"]+)"/g), ([, path]) => path);
    const loaded = await Promise.all(paths.map((path) => viaHttp(`${url}${path}`)));

    expect(page.status).toBe(200);
    expect(paths).toContain('/viewer/app/main.js');
    expect(loaded.map(({ status }) => status)).toEqual(paths.map(() => 200));
  });

  it('loads scripts that import nothing but each other', async () => {
    const { url } = await openViewer();
    const seen = new Set<string>();
    const pending = ['/viewer/app/main.js'];

    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, body } = await viaHttp(`${url}${path}`);
      expect([path, status]).toEqual([path, 200]);
      for (const [, name] of body.matchAll(/from '([^']+)'/g)) {
        pending.push(new URL(name ?? '', `http://x${path}`).pathname);
      }
    }

    expect(seen.size).toBeGreaterThan(10);
  });

  it('may run its own scripts only, be framed by nobody, and is never kept by a cache', async () => {
    const { url } = await openViewer();

    const { headers } = await viaHttp(url);

    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; .*frame-ancestors 'none'; require-trusted-types-for 'script'/,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    '/viewer/app/../../../package.json',
    '/viewer/app/main.ts',
    '/viewer/app/%2e%2e/page.js',
    '/viewer/',
  ])('has nothing at %s', async (path) => {
    const { url } = await openViewer();

    expect((await viaHttp(`${url}${path}`)).status).toBe(404);
  });

  it('leaves everything else to the fake', async () => {
    const { url } = await openViewer();

    const health = await viaHttp(`${url}/api/public/health`);
    const reads = await viaHttp(`${url}/api/public/v2/observations`, {
      headers: { authorization },
    });
    const unknown = await viaHttp(`${url}/viewers`);

    expect(JSON.parse(health.body)).toEqual({ status: 'OK', version: '4.16.0' });
    expect(reads.status).toBe(200);
    expect(unknown.headers['content-security-policy']).toBeUndefined();
    expect(unknown.status).toBe(404);
  });

  it.each([
    ['/project/lf-project/traces/abc?peek=1', '/#/runs/abc'],
    ['/trace/abc', '/#/runs/abc'],
    ['/project/lf-project/sessions/chat%207', '/#/conversations/chat%207'],
  ])('is where a link to Langfuse such as %s leads', async (path, place) => {
    const { url } = await openViewer();

    const { status, headers } = await viaHttp(`${url}${path}`);

    expect([status, headers['location']]).toEqual([302, place]);
  });
});

describe('who may ask', () => {
  const own = [
    '127.0.0.1:3000',
    'localhost',
    'LOCALHOST:3000',
    '[::1]:3000',
    '192.168.1.7',
    'a.localhost',
    'langfuse:3000',
    'host.docker.internal:3000',
  ];
  const foreign = [
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ];

  it.each(own)('a request to the name %s is answered', async (host) => {
    const { url } = await openViewer();

    const { status } = await viaHttp(`${url}/`, { headers: { host } });

    expect(status).toBe(200);
  });

  it.each(foreign)('a request to the name "%s" is refused, whatever it asks for', async (host) => {
    const { url } = await openViewer();

    const answers = await Promise.all(
      ['/', '/viewer/api/export', '/api/public/health'].map((path) =>
        viaHttp(`${url}${path}`, { headers: { host } }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(answers[0]?.body).toContain('answers to localhost');
  });

  it('a request to the name of --host is answered', async () => {
    const { url } = await openViewer({ host: 'traces.example' });

    const { status } = await viaHttp(`${url}/`, { headers: { host: 'traces.example:3000' } });

    expect(status).toBe(200);
  });

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'https://127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('a page of another site (%o) gets nothing from the API', async (headers) => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1 });

    const read = await viaHttp(`${url}/viewer/api/run?id=${traceIdOf(1)}`, { headers });
    const stream = await viaHttp(`${url}/viewer/api/events`, { headers });
    const write = await postImport(url, '', headers);

    expect([read.status, stream.status, write.status]).toEqual([403, 403, 403]);
    expect(read.body).not.toContain('agent');
  });

  it('the page itself is answered', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1 });
    const headers = { origin: url, 'sec-fetch-site': 'same-origin' };

    const { status } = await viaHttp(`${url}/viewer/api/run?id=${traceIdOf(1)}`, { headers });

    expect(status).toBe(200);
  });
});

describe('the stream of runs', () => {
  it('tells all runs, the newest first, then that it is done, with what an agent needs', async () => {
    const { url, fake } = await openViewer();
    for (let number = 1; number <= 250; number += 1) postRun(fake, { number });

    const events = await readFeed(url, ({ name }) => name === 'ready');

    expect(events[0]?.name).toBe('reset');
    // What has just been written may be told once more meanwhile.
    expect(new Set(runIdsIn(events)).size).toBe(250);
    expect(runIdsIn(events.slice(0, 2))).toEqual(
      Array.from({ length: 100 }, (_, index) => traceIdOf(250 - index)),
    );
    expect(events.at(-1)?.data).toMatchObject({
      version: '4.16.0',
      writeMode: 'events_only',
      publicKey: 'pk-lf-local',
    });
  });

  it('tells what becomes of a run afterwards: written, written again, forgotten', async () => {
    const { url, fake } = await openViewer();
    let wasWritten = false;

    const events = await readFeed(
      url,
      ({ name }) => name === 'gone',
      (event) => {
        if (event.name === 'ready')
          postRun(fake, { number: 7, without: 'root', steps: [{ name: 'search' }] });
        if (event.name !== 'runs') return;
        if (wasWritten) fake.forget(new Set([traceIdOf(7)]));
        else postRun(fake, { number: 7, status: 'error', reason: 'timeout', error: 'too slow' });
        wasWritten = true;
      },
    );

    const told = events.flatMap((event) => (event.name === 'runs' ? event.data : []));
    expect(told.map(({ status, reason, message }) => [status, reason, message])).toEqual([
      ['in_progress', null, null],
      ['error', 'timeout', 'too slow'],
    ]);
    expect(events.at(-1)?.data).toEqual([traceIdOf(7)]);
  });

  it('makes one event of a burst', async () => {
    const { url, fake } = await openViewer();

    const events = await readFeed(
      url,
      (event) => event.name === 'runs',
      (event) => {
        if (event.name !== 'ready') return;
        for (let count = 0; count < 50; count += 1) postRun(fake, { number: 1 });
        postRun(fake, { number: 2 });
      },
    );

    expect(runIdsIn(events)).toEqual([traceIdOf(1), traceIdOf(2)]);
  });
});

describe('the API', () => {
  it('gives a run with its steps and what its parent lacks', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1, without: 'ending', steps: [{ name: 'search', error: 'no index' }] });

    const { body } = await viaHttp(`${url}/viewer/api/run?id=${traceIdOf(1)}`);

    const { run, steps, missing } = JSON.parse(body);
    expect(run).toMatchObject({ name: 'agent', status: 'ended', missing: missing.length });
    expect(missing).toEqual(
      expect.arrayContaining([
        'root metadata.status: expected completed, error or suspended, found nothing',
      ]),
    );
    expect(
      steps.map((step: { name: string; message: string }) => [step.name, step.message]),
    ).toEqual([
      ['agent', null],
      ['search', 'no index'],
    ]);
  });

  it('gives the details of a step apart, so that a long run is light', async () => {
    const { url, fake } = await openViewer();
    const output = { rows: Array.from({ length: 2000 }, (_, index) => `row ${index}`) };
    postRun(fake, { number: 1, steps: [{ name: 'search', input: { q: 'x' }, output }] });

    const run = await viaHttp(`${url}/viewer/api/run?id=${traceIdOf(1)}`);
    const step = await viaHttp(`${url}/viewer/api/step?run=${traceIdOf(1)}&step=${stepIdOf(0)}`);

    expect(run.body.length).toBeLessThan(4000);
    expect(JSON.parse(step.body)).toMatchObject({ input: { q: 'x' }, output });
  });

  it('gives the runs of a conversation in order, with what was said', async () => {
    const { url, fake } = await openViewer();
    const messages = [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'second?' },
    ];
    postRun(fake, { number: 2, conversationId: 'chat', input: { messages } });
    postRun(fake, {
      number: 1,
      conversationId: 'chat',
      input: 'first?',
      error: 'broken',
      status: 'error',
      reason: 'exception',
    });
    postRun(fake, { number: 3, conversationId: 'another' });

    const { body } = await viaHttp(`${url}/viewer/api/conversation?id=chat`);

    const { runs, earlier } = JSON.parse(body);
    expect(
      runs.map((turn: { input: { text: string }; output: { text: string } }) => [
        turn.input.text,
        turn.output.text,
      ]),
    ).toEqual([
      ['first?', 'broken'],
      ['second?', 'hello'],
    ]);
    expect(earlier).toBe(0);
  });

  it('says so when there is no such run, step or conversation', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1 });

    const answers = await Promise.all(
      [
        `run?id=nothing`,
        `step?run=${traceIdOf(1)}&step=x`,
        'step?run=x&step=y',
        'conversation?id=x',
        'secrets',
      ].map((path) => viaHttp(`${url}/viewer/api/${path}`)),
    );

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  });

  it('takes no other methods', async () => {
    const { url } = await openViewer();

    const post = await viaHttp(`${url}/viewer/api/run?id=1`, { method: 'POST' });
    const get = await viaHttp(`${url}/viewer/api/import`);

    expect([post.status, post.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect([get.status, get.headers['allow']]).toEqual([405, 'POST']);
  });
});

describe('saving and importing', () => {
  it('brings the runs of one server to another, and counts what was there already', async () => {
    const [from, to] = [await openViewer(), await openViewer()];
    postRun(from.fake, { number: 1, name: 'first', steps: [{ name: 'search' }] });
    postRun(from.fake, { number: 2, name: 'second' });

    const saved = await viaHttp(`${from.url}/viewer/api/export`);
    const first = await postImport(to.url, saved.body);
    const again = await postImport(to.url, saved.body);

    expect(saved.headers['content-disposition']).toBe('attachment; filename="runs.ndjson"');
    expect(to.fake.traces()).toEqual(from.fake.traces());
    expect(JSON.parse(first.body)).toEqual({ writes: 2, traces: 2, known: 0 });
    expect(JSON.parse(again.body)).toEqual({ writes: 0, traces: 0, known: 2 });
  });

  it('saves one run alone', async () => {
    const { url, fake } = await openViewer();
    postRun(fake, { number: 1 });
    postRun(fake, { number: 2 });

    const { body } = await viaHttp(`${url}/viewer/api/export?run=${traceIdOf(2)}`);

    const [header, ...writes] = body.trimEnd().split('\n');
    expect(JSON.parse(header ?? '')).toEqual({
      format: 'langfuse-lifecycle fake data',
      version: 1,
    });
    expect(writes.map((line) => JSON.parse(line).traceId)).toEqual([traceIdOf(2)]);
  });

  it('refuses a file with one bad line as a whole, and names the line', async () => {
    const { url, fake } = await openViewer();
    const other = await openViewer();
    postRun(other.fake, { number: 1 });
    const { body: saved } = await viaHttp(`${other.url}/viewer/api/export`);

    const answer = await postImport(url, `${saved}{"traceId":"x","wire":"carrier pigeon"}\n`);

    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/^Not a data file of this fake: line 3: wire: /);
    expect(fake.traces()).toEqual([]);
  });

  it('takes no body that a form of another site could send', async () => {
    const { url } = await openViewer();

    const answer = await postImport(url, '', { 'content-type': 'text/plain' });

    expect(answer.status).toBe(415);
  });
});
