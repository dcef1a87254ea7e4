import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { createFakeLangfuse, type FakeTrace } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import '../../mocks/vitest.ts';

const here = import.meta.url;
const source = (path: string): string => JSON.stringify(new URL(path, here).href);

/** How the tool of each program ends its process; it never answers. */
const ends = {
  exit: 'process.exit(3);',
  term: "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 20_000);",
  drain: '',
} as const;

const question = 'Where is my parcel?';

/** Programs that ask an agent which calls `end`. */
const programs = {
  'AI SDK': `
    import { generateText, isStepCount, jsonSchema, registerTelemetry, tool } from 'ai';
    import { lifecycleTelemetry } from ${source('../../adapters/ai-sdk/index.ts')};
    import { calls, scriptedModel } from ${source('./ai-sdk/scripted-model.ts')};

    registerTelemetry(lifecycleTelemetry(lifecycle));
    generateText({
      model: scriptedModel(calls('end')),
      prompt: question,
      tools: { end: tool({ inputSchema: jsonSchema({ type: 'object' }), execute: end }) },
      stopWhen: isStepCount(2),
    });`,
  LangGraph: `
    import { createAgent, tool } from 'langchain';
    import { z } from 'zod';
    import { lifecycleHandler } from ${source('../../adapters/langgraph/index.ts')};
    import { calls, ScriptedModel } from ${source('./langgraph/scripted-model.ts')};

    const tools = [tool(end, { name: 'end', description: 'ends', schema: z.object({}) })];
    const model = new ScriptedModel([calls(['end', {}])]);
    createAgent({ model, tools }).invoke(
      { messages: [{ role: 'user', content: question }] },
      { callbacks: [lifecycleHandler(lifecycle)] },
    );`,
  'OpenAI Agents': `
    import { Agent, Runner, setTraceProcessors, tool } from '@openai/agents';
    import { z } from 'zod';
    import { withLifecycle } from ${source('../../adapters/openai-agents/index.ts')};
    import { calls, scriptedModel } from ${source('./openai-agents/fake-model.ts')};

    setTraceProcessors([]);
    const tools = [tool({ name: 'end', description: 'ends', parameters: z.object({}), execute: end })];
    withLifecycle(new Runner(), lifecycle).run(
      new Agent({ name: 'support', model: scriptedModel([calls('end')]), tools }),
      question,
    );`,
} as const;

/** Runs a program whose tool ends its process, and gives what Langfuse has then. */
async function afterEnd(
  program: string,
  end: string,
): Promise<{
  readonly traces: readonly FakeTrace[];
  readonly code: unknown;
  readonly signal: unknown;
}> {
  const fake = createFakeLangfuse();
  const server = await serveFakeLangfuse(fake);
  const { publicKey, secretKey } = fake.options;
  const text = `
    import { createLifecycle } from ${source('../../adapters/index.ts')};
    // Slow machines: what is told is looked at here, not how fast.
    const lifecycle = createLifecycle({ interruption: { timeoutMs: 15_000 } });
    const question = ${JSON.stringify(question)};
    const end = () => { ${end} return new Promise(() => {}); };
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', text], {
    cwd: new URL('../..', here),
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      LANGFUSE_PUBLIC_KEY: publicKey,
      LANGFUSE_SECRET_KEY: secretKey,
      LANGFUSE_BASE_URL: server.url,
    },
  });
  const [code, signal]: unknown[] = await once(child, 'exit');
  await server.close();
  return { traces: fake.traces(), code, signal };
}

describe.each(Object.entries(programs))('a program with %s', (framework, program) => {
  it.each([
    ['process.exit(3)', ends.exit, 3, 'process.exit(3)'],
    ['an event loop that drains', ends.drain, 0, undefined],
  ])('that ends inside a tool by %s has told its run', async (_how, end, exitCode, message) => {
    const { traces, code } = await afterEnd(program, end);

    expect(code).toBe(exitCode);
    expect(traces).toHaveLength(1);
    expect(traces[0]).toBeCompleteParent();
    expect(traces[0]?.root?.metadata).toMatchObject({
      status: 'error',
      reason: message === undefined ? 'never_ended' : 'interrupted',
    });
    if (message !== undefined) expect(traces[0]?.root?.statusMessage).toContain(message);
    expect(traces[0]?.observations.find(({ name }) => name === 'end')).toMatchObject({
      level: 'WARNING',
    });
  });

  it('that gets SIGTERM inside a tool has told its run', async () => {
    const { traces, code, signal } = await afterEnd(program, ends.term);

    // The OpenAI Agents SDK ends the process by itself.
    const isSdk = framework === 'OpenAI Agents';
    expect([code, signal]).toEqual(isSdk ? [0, null] : [null, 'SIGTERM']);
    expect(traces[0]).toBeCompleteParent();
    expect(traces[0]?.root?.metadata).toMatchObject({ reason: 'interrupted' });
    expect(traces[0]?.root?.statusMessage).toContain(isSdk ? 'process.exit(0)' : 'SIGTERM');
  });
});
