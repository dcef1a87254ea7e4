import { createFakeLangfuse } from '/work/main/mocks/fake-langfuse.ts';
import { loadRecordings } from '/work/main/test/mocks/recordings.ts';
import { createReplayClock, recordedKeys, replay } from '/work/main/test/mocks/replay.ts';
const files = loadRecordings(); const scenarios = files.flatMap(f => f.scenarios);
const only = process.argv[2]; let ok = 0, n = 0;
for (const s of scenarios) { if (only && !s.id.includes(only)) continue; n++;
  const clock = createReplayClock();
  const fake = createFakeLangfuse({ writeMode: s.server.writeMode, ...recordedKeys, now: () => clock.now() });
  let found: readonly string[];
  try { found = await replay(s, { clock, scenarios, send: async (r) => { const x = fake.handle(r); if (x.type !== 'response') throw new Error('no'); return x.response; } }); }
  catch (e) { found = [String((e as Error).stack)]; }
  if (found.length === 0) ok++; else { console.log('---', s.id, found.length); for (const f of found.slice(0, only ? 40 : 4)) console.log('   ', f.slice(0, only ? 1500 : 420)); }
}
console.log(ok, 'of', n);
