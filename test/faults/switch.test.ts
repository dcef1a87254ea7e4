import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { langfuse } from '../../adapters/langfuse/index.ts';
import type { FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { createBench, spanCounts } from './bench.ts';

const rowSchema = z.object({
  name: z.string(),
  isRootObservation: z.boolean(),
  sessionId: z.string(),
  input: z.unknown(),
  output: z.unknown(),
});

/** The rows that the server shows after the switch, as its v2 API reads them. */
function rowsOf(fake: FakeLangfuse): readonly z.infer<typeof rowSchema>[] {
  const { publicKey, secretKey } = fake.options;
  const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
  const path = '/api/public/v2/observations?limit=1000&fields=core,basic,io';
  const reply = fake.handle({
    method: 'GET',
    path,
    headers: { authorization },
    body: new Uint8Array(),
  });
  const text = reply.type === 'response' ? reply.response.body : '';
  return z.object({ data: z.array(rowSchema) }).parse(JSON.parse(text)).data;
}

it('a server that is switched to events_only in mid-flight gets every run complete, also those that it had seen open', async () => {
  const bench = await createBench({
    name: 'discovered',
    wire: 'ingestion',
    writeMode: 'legacy',
    createSink: langfuse,
  });
  onTestFinished(() => bench.close());
  const { fake, lifecycle, diagnostics } = bench;
  const facts = { input: 'hi', conversationId: 'chat' };
  const open = Array.from({ length: 20 }, (_, index) => {
    const run = lifecycle.startRun({ ...facts, name: `open ${index}` });
    run.step({ kind: 'tool', name: 'early' }, () => 'found');
    return { run, step: run.startStep({ kind: 'generation', name: 'think' }) };
  });
  await lifecycle.flush();
  const shown = fake.traces().length;

  fake.setWriteMode('events_only');
  lifecycle.run({ ...facts, name: 'after' }, (run) =>
    run.step({ kind: 'tool', name: 'search' }, () => 'found'),
  );
  for (const { run, step } of open) {
    step.complete('thought');
    run.complete('done');
  }
  const report = await lifecycle.flush();

  const rows = rowsOf(fake);
  const roots = rows.filter(({ isRootObservation }) => isRootObservation);
  expect(shown).toBe(20);
  expect(report).toEqual({ delivered: 62, pending: 0, dropped: {} });
  expect(roots.map(({ name }) => name).toSorted()).toEqual(
    ['after', ...open.map((_, index) => `open ${index}`)].toSorted(),
  );
  expect(
    roots.every(
      ({ input, output, sessionId }) => input === 'hi' && output !== null && sessionId === 'chat',
    ),
  ).toBe(true);
  // What the legacy tables have got before the switch is not sent a second time.
  expect(rows.map(({ name }) => name).filter((name) => name === 'early')).toEqual([]);
  expect(rows.filter(({ name }) => name === 'think')).toHaveLength(20);
  expect([...spanCounts(fake)].filter(([, count]) => count > 1)).toEqual([]);
  expect(diagnostics.map(({ code, severity }) => `${code}: ${severity}`)).toEqual([
    'wire: info',
    'wire: info',
  ]);
});
