// A host that is busy with agents until it is killed. It says on standard output when each run began.
import { writeSync } from 'node:fs';
import { createLifecycle } from '../../adapters/index.ts';

const lifecycle = createLifecycle({ limits: { flushIntervalMs: 200 } });

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

async function agent(number: number): Promise<void> {
  await lifecycle.run(
    { name: 'agent', input: { number }, conversationId: `chat-${number}` },
    async (run) => {
      writeSync(1, `began ${run.traceId} ${Date.now()}\n`);
      await run.step({ name: 'plan', kind: 'generation' }, () => pause(10));
      await run.step({ name: 'search', kind: 'tool' }, () => pause(number % 5 === 0 ? 5_000 : 40));
      return `answer ${number}`;
    },
  );
}

for (let number = 0; ; number += 1) {
  void agent(number);
  await pause(15);
}
