import { expect, it } from 'vitest';

import { withLifecycle } from '../../../adapters/openai-agents/index.ts';
import { createLifecycle, memorySink } from '../../../src/index.ts';

it('loads nothing of the SDK, and takes what the program has loaded', async () => {
  const provider = (): unknown =>
    Reflect.get(globalThis, Symbol.for('openai.agents.core.traceProvider'));
  const before = provider();

  const { Runner, getGlobalTraceProvider } = await import('@openai/agents');
  const runner = withLifecycle(new Runner(), createLifecycle({ sink: memorySink() }));

  expect(before).toBeUndefined();
  expect(provider()).toBe(getGlobalTraceProvider());
  expect(runner).toBeInstanceOf(Runner);
});
