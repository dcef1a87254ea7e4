import { expect, it } from 'vitest';
import { createLifecycle, memorySink } from '../../../adapters/index.ts';
import { mathServer, queryWith, read, replaying } from './claude.ts';

it('x', async () => {
  const sink = memorySink();
  const lifecycle = createLifecycle({ sink, onDiagnostic: (d) => console.log(d) });
  const query = queryWith(lifecycle);
  const r = await read(query({ prompt: 'say hello', options: replaying(process.env['REC'] ?? 'tool', mathServer()) }));
  console.log(r.messages.length, r.ending);
  await lifecycle.shutdown();
  for (const x of sink.records) if (x.phase === 'ended') console.log(x.role, x.kind, x.name, JSON.stringify(x.input), JSON.stringify(x.output), x.level, JSON.stringify(x.usage), JSON.stringify(x.cost), JSON.stringify(x.metadata), x.statusMessage);
  expect(1).toBe(1);
});
