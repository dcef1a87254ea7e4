import { describe, expect, it } from 'vitest';
import { langfuse } from '../../adapters/langfuse/index.ts';
import {
  html,
  json,
  langfuseServer,
  multiStatus,
  notAccepted,
  options,
} from './langfuse-server.ts';
import { endedParent, endedStep, openParent, rootId, underTest } from './records.ts';

const server = langfuseServer();
const ingestion = '/api/public/ingestion';
const otlp = '/api/public/otel/v1/traces';
const eventsOnly = {
  message: 'This endpoint is not available on deployments running in Langfuse v4 events_only mode.',
};
const legacy = { message: 'only available in a Langfuse v4 write mode' };

function health(version: unknown): void {
  server.on('/api/public/health', () => json(200, { status: 'OK', version }));
}

function writes(): readonly string[] {
  return server.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
}

describe('the wire', () => {
  it.each([
    ['2.95.11', ingestion],
    ['3.21.0', ingestion],
    ['3.22.0', ingestion],
    ['3.225.4', ingestion],
  ])('of server %s is %s, without asking for its mode', async (version, path) => {
    health(version);

    await underTest(langfuse(options)).send(endedParent());

    expect(server.requests.map((request) => request.path)).toEqual(['/api/public/health', path]);
  });

  it('of version 4 in mode events_only is OTLP', async () => {
    server.on('/api/public/traces', () => json(404, eventsOnly));

    await underTest(langfuse(options)).send(endedParent());

    expect(writes()).toEqual([otlp]);
    expect(server.to('/api/public/v2/metrics')).toEqual([]);
  });

  it('of version 4 in mode dual is OTLP', async () => {
    await underTest(langfuse(options)).send(endedParent());

    expect(writes()).toEqual([otlp]);
  });

  it('of version 4 in mode legacy is ingestion', async () => {
    server.on('/api/public/v2/metrics', () => json(404, legacy));

    await underTest(langfuse(options)).send(endedParent());

    expect(writes()).toEqual([ingestion]);
  });

  it('of Langfuse Cloud is OTLP without a question', async () => {
    const asked: string[] = [];
    const fetch = (input: unknown): Promise<Response> => {
      asked.push(String(input));
      return Promise.resolve(json(200, {}));
    };

    await underTest(langfuse({ ...options, baseUrl: 'https://us.cloud.langfuse.com', fetch })).send(
      endedParent(),
    );

    expect(asked).toEqual([`https://us.cloud.langfuse.com${otlp}`]);
  });

  it.each([
    ['a health endpoint that a proxy hides', () => html(404)],
    ['a version that cannot be read', () => json(200, { status: 'OK', version: 'nightly' })],
    ['a health without version', () => json(200, { status: 'OK' })],
  ])('behind %s follows from the mode', async (_, answer) => {
    server.on('/api/public/health', answer);
    server.on('/api/public/traces', () => json(404, eventsOnly));

    await underTest(langfuse(options)).send(endedParent());

    expect(writes()).toEqual([otlp]);
  });

  it('of an unhealthy server that still tells its version follows from that', async () => {
    server.on('/api/public/health', () =>
      json(503, { status: 'Database not available', version: '3.100.0' }),
    );

    await underTest(langfuse(options)).send(endedParent());

    expect(writes()).toEqual([ingestion]);
  });

  it('before 3.98.2 takes spans in the place of agents and tools', async () => {
    health('3.98.1');

    await underTest(langfuse(options)).send(endedParent());

    expect(server.events().map(({ type }) => type)).toEqual(['trace-create', 'span-create']);
  });

  it('is told once, with the reason', async () => {
    const sink = underTest(langfuse(options));

    await sink.send(endedParent());
    await sink.send(endedStep());

    expect(sink.diagnostics).toEqual([
      {
        code: 'wire',
        severity: 'info',
        message: 'https://langfuse.test is Langfuse 4.16.0 in write mode dual: sending OTLP.',
      },
    ]);
    expect(server.to('/api/public/health')).toHaveLength(1);
  });

  it.each([
    ['ingestion', ingestion],
    ['otlp', otlp],
  ] as const)('can be set to %s, and then nothing is asked', async (wire, path) => {
    await underTest(langfuse({ ...options, wire })).send(endedParent());
    await underTest(langfuse({ ...options, env: { LANGFUSE_WIRE: wire } })).send(endedParent());

    expect(server.requests.map((request) => request.path)).toEqual([path, path]);
  });
});

describe('discovery', () => {
  it('asks with reads only, and in windows that hold no data', async () => {
    await underTest(langfuse(options)).send(endedParent());

    const reads = server.requests.filter(({ method }) => method === 'GET');
    expect(reads.map(({ path }) => decodeURIComponent(path))).toEqual([
      '/api/public/health',
      '/api/public/traces?limit=1&fromTimestamp=2026-11-20T10:01:00.000Z',
      expect.stringContaining('"fromTimestamp":"2026-11-20T10:01:00.000Z"'),
    ]);
  });

  it('that gets no answer lets records wait, tells so once, and decides when one comes', async () => {
    server.on('/api/public/health', () => Response.error(), 2);
    const sink = underTest(langfuse(options));

    const first = await sink.send(openParent(), endedStep());
    const second = await sink.send(openParent(), endedStep());
    const toldWhileAway = sink.diagnostics.map(({ code }) => code);
    const third = await sink.send(endedParent(), endedStep());

    expect([first, second]).toEqual([
      [{ type: 'retry' }, { type: 'retry' }],
      [{ type: 'retry' }, { type: 'retry' }],
    ]);
    expect(toldWhileAway).toEqual(['unreachable']);
    expect(sink.diagnostics[0]?.message).toContain('https://langfuse.test/api/public/health');
    expect(third).toEqual([{ type: 'delivered' }, { type: 'delivered' }]);
  });

  it('with wrong keys tells which variables to check', async () => {
    server.on('/api/public/traces', () => json(401, { message: 'Invalid credentials.' }));
    const sink = underTest(langfuse(options));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      { code: 'unauthorized', message: expect.stringContaining('LANGFUSE_SECRET_KEY') },
    ]);
  });

  it('that is rationed waits as long as it is told to', async () => {
    server.on('/api/public/v2/metrics', () => json(429, {}, { 'retry-after': '30' }));

    expect(await underTest(langfuse(options)).send(endedParent())).toEqual([
      { type: 'retry', afterMs: 30_000 },
    ]);
  });

  it('that is not understood says so and names the variable that decides', async () => {
    server.on('/api/public/v2/metrics', () => json(422, { message: 'Unprocessable' }));
    const sink = underTest(langfuse(options));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      { code: 'server_error', message: expect.stringContaining('LANGFUSE_WIRE') },
    ]);
  });

  it('at an address that is no Langfuse says so', async () => {
    for (const path of ['/api/public/health', '/api/public/traces', '/api/public/v2/metrics']) {
      server.on(path, () => html(404));
    }
    const sink = underTest(langfuse(options));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      { code: 'unreachable', message: expect.stringContaining('LANGFUSE_BASE_URL') },
    ]);
  });
});

describe('a server that changes its mind', () => {
  it('and takes OTLP only from now on gets the same records that way, in the same send', async () => {
    health('3.200.0');
    const sink = underTest(langfuse(options));
    await sink.send(openParent());
    server.on(ingestion, (request) => multiStatus(request, () => notAccepted));

    const outcomes = await sink.send(endedParent(), endedStep());
    await sink.send(endedStep({ id: '1'.repeat(16) }));

    expect(outcomes).toEqual([{ type: 'delivered' }, { type: 'delivered' }]);
    expect(writes()).toEqual([ingestion, ingestion, otlp, otlp]);
    expect(server.spans()[0]).toMatchObject({ spanId: rootId, name: 'support-agent' });
    expect(sink.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['wire', 'info'],
      ['wire', 'info'],
    ]);
  });

  it('and has no OTLP endpoint any more is asked again', async () => {
    const sink = underTest(langfuse(options));
    await sink.send(endedStep());
    health('3.20.0');
    server.on(otlp, () => html(404));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'delivered' }]);
    expect(writes()).toEqual([otlp, otlp, ingestion]);
  });

  it('and has neither endpoint lets records wait and says what to check', async () => {
    server.on(otlp, () => html(404));
    const sink = underTest(langfuse(options));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics.at(-1)).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('LANGFUSE_BASE_URL'),
    });
  });

  it('while only the ingestion wire is allowed lets records wait and names the way out', async () => {
    server.on(ingestion, (request) => multiStatus(request, () => notAccepted));
    const sink = underTest(langfuse({ ...options, wire: 'ingestion' }));

    const outcomes = await sink.send(endedParent());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      { code: 'wire', severity: 'error', message: expect.stringContaining('LANGFUSE_WIRE=auto') },
    ]);
  });
});

describe('the address of a trace', () => {
  it('is one that Langfuse redirects until the project is known', async () => {
    const sink = langfuse(options);

    const first = sink.traceUrl?.('t1');
    await expect
      .poll(() => sink.traceUrl?.('t1'))
      .toBe('https://langfuse.test/project/project-1/traces/t1');

    expect(first).toBe('https://langfuse.test/trace/t1');
    expect(server.to('/api/public/projects')).toHaveLength(1);
  });

  it('stays that when the project cannot be read', async () => {
    server.on('/api/public/projects', () => json(403, { message: 'no' }));
    const sink = langfuse(options);

    sink.traceUrl?.('t1');
    await expect.poll(() => server.requests.length).toBe(1);

    expect(sink.traceUrl?.('t1')).toBe('https://langfuse.test/trace/t1');
  });
});
