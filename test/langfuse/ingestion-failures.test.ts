import { describe, expect, it } from 'vitest';
import { langfuseIngestion } from '../../adapters/langfuse/index.ts';
import { eventsOf, json, langfuseServer, multiStatus, options } from './langfuse-server.ts';
import { endedParent, endedStep, endedSteps, underTest } from './records.ts';

const server = langfuseServer();
const endpoint = '/api/public/ingestion';
const zodError = { status: 400, message: 'Invalid request data', error: 'invalid_type' };
const discriminatorError = {
  status: 400,
  message: 'Invalid request data',
  error:
    '[{"code":"invalid_union","note":"No matching discriminator","discriminator":"type","path":["type"]}]',
};

describe('item errors', () => {
  it('reject only the record that holds the refused event', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ body }) => (body['name'] === 'step-1' ? zodError : undefined)),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(3));

    expect(outcomes.map(({ type }) => type)).toEqual(['delivered', 'rejected', 'delivered']);
    expect(server.to(endpoint)).toHaveLength(1);
  });

  it('of a half-taken record make only that record wait', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ type }) =>
        type === 'agent-create' ? { status: 500, message: 'no' } : undefined,
      ),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(endedParent(), endedStep());

    expect(outcomes.map(({ type }) => type)).toEqual(['retry', 'delivered']);
  });

  it('about missing rights keep the record and name the secret key', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, () => ({
        status: 401,
        message: 'Authentication error',
        error: 'Access Scope Denied',
      })),
    );
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toEqual([
      {
        code: 'unauthorized',
        severity: 'error',
        message: expect.stringContaining('LANGFUSE_SECRET_KEY'),
      },
    ]);
  });

  it('that are in neither list are no delivery', async () => {
    server.on(endpoint, () => json(207, { successes: [], errors: [] }));

    expect(await underTest(langfuseIngestion(options)).send(endedStep())).toEqual([
      { type: 'retry' },
    ]);
  });

  it('from an old server about the kind turn it into a span, in the same send and from then on', async () => {
    server.on(endpoint, (request) =>
      multiStatus(request, ({ type }) =>
        /^(trace|span|generation|event)-/.test(type) ? undefined : discriminatorError,
      ),
    );
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedParent(), endedStep({ kind: 'embedding', model: 'e-1' }));
    await sink.send(endedStep({ id: '1'.repeat(16), kind: 'tool' }));

    expect(outcomes).toEqual([{ type: 'delivered' }, { type: 'delivered' }]);
    expect(server.to(endpoint).map((request) => eventsOf(request).map(({ type }) => type))).toEqual(
      [
        ['trace-create', 'agent-create', 'embedding-create'],
        ['trace-create', 'span-create', 'generation-create'],
        ['span-create'],
      ],
    );
  });
});

describe('a whole request that fails', () => {
  it.each([
    [429, { 'retry-after': '7' }, { type: 'retry', afterMs: 7_000 }],
    [503, {}, { type: 'retry' }],
    [401, {}, { type: 'retry' }],
    [403, {}, { type: 'retry' }],
    [404, {}, { type: 'retry' }],
  ])('with %i keeps every record', async (status, headers, outcome) => {
    server.on(endpoint, () => json(status, { message: 'no' }, headers));

    const outcomes = await underTest(langfuseIngestion(options)).send(endedParent(), endedStep());

    expect(outcomes).toEqual([outcome, outcome]);
    expect(server.to(endpoint)).toHaveLength(1);
  });

  it('with 401 is told once, with the address and the variable to check, until it works again', async () => {
    server.on(
      endpoint,
      () => json(401, { error: 'UnauthorizedError', message: 'Invalid credentials' }),
      2,
    );
    const sink = underTest(langfuseIngestion(options));

    await sink.send(endedStep());
    await sink.send(endedStep());
    const whileDown = [...sink.diagnostics];
    await sink.send(endedStep());
    server.on(endpoint, () => json(401, { message: 'again' }));
    await sink.send(endedStep());

    expect(whileDown).toEqual([
      {
        code: 'unauthorized',
        severity: 'error',
        message: expect.stringMatching(
          /https:\/\/langfuse\.test\/api\/public\/ingestion.*LANGFUSE_SECRET_KEY/,
        ),
      },
    ]);
    expect(sink.diagnostics).toHaveLength(2);
  });

  it('without an answer is told as unreachable, with the address', async () => {
    server.on(endpoint, () => Response.error());
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep());

    expect(outcomes).toEqual([{ type: 'retry' }]);
    expect(sink.diagnostics).toMatchObject([
      {
        code: 'unreachable',
        message: expect.stringContaining('https://langfuse.test/api/public/ingestion'),
      },
    ]);
  });

  it('with 413 is halved until it fits, and nothing is sent twice that was taken', async () => {
    server.on(endpoint, (request) =>
      eventsOf(request).length > 2
        ? new Response('Body exceeded 4.5mb limit', { status: 413 })
        : multiStatus(request, () => undefined),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(4));

    expect(outcomes.map(({ type }) => type)).toEqual(Array(4).fill('delivered'));
    expect(server.to(endpoint).map((request) => eventsOf(request).length)).toEqual([4, 2, 2]);
  });

  it('with 413 for a single record is sent once more with its payload cut, then counted as too large', async () => {
    server.on(endpoint, () => new Response('too large', { status: 413 }));
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(endedStep({ output: 'x'.repeat(20_000) }));

    expect(outcomes).toMatchObject([{ type: 'rejected', reason: 'too_large' }]);
    expect(server.events().map(({ body }) => String(body['output']).length < 11_000)).toEqual([
      false,
      true,
    ]);
  });

  it('with 400 is halved until the bad event stands alone', async () => {
    server.on(endpoint, (request) =>
      eventsOf(request).some(({ body }) => body['name'] === 'step-5')
        ? new Response('Invalid JSON', { status: 400 })
        : multiStatus(request, () => undefined),
    );

    const outcomes = await underTest(langfuseIngestion(options)).send(...endedSteps(8));

    expect(outcomes.map(({ type }) => type)).toEqual(
      endedSteps(8).map(({ name }) => (name === 'step-5' ? 'rejected' : 'delivered')),
    );
  });

  it('with 400 even when it is empty is not blamed on the records', async () => {
    server.on(endpoint, () => new Response('Invalid JSON', { status: 400 }));
    const sink = underTest(langfuseIngestion(options));

    const outcomes = await sink.send(...endedSteps(8));

    expect(outcomes.every(({ type }) => type === 'retry')).toBe(true);
    expect(server.to(endpoint)).toHaveLength(2);
    expect(sink.diagnostics).toMatchObject([{ code: 'server_error' }]);
  });
});
