import { afterEach, describe, expect, it } from 'vitest';
import { demoCommand, type DemoSurroundings } from '../../adapters/cli/demo/command.ts';
import { plain } from '../../adapters/cli/demo/paint.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import {
  type ChatRequest,
  completion,
  functionCall,
  serveChatCompletions,
} from './chat-completions-server.ts';

const packageFolder = new URL('../..', import.meta.url).pathname;
const documentation = new URL('documentation', import.meta.url).pathname;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

interface Demonstration {
  readonly text: string;
  readonly exitCode: number;
}

async function demonstrate(surroundings: Partial<DemoSurroundings> = {}): Promise<Demonstration> {
  let text = '';
  let exitCode = 0;
  const command = demoCommand({
    env: {},
    packageFolder,
    createSink: () => langfuse({ env: {}, dotenv: false }),
    write: (part) => {
      text += part;
    },
    paint: plain,
    setExitCode: (code) => {
      exitCode = code;
    },
    ...surroundings,
  });
  await command.parseAsync(['--docs', documentation, '--topic', 'retry'], { from: 'user' });
  return { text, exitCode };
}

async function serve(fake: FakeLangfuse): Promise<string> {
  const server = await serveFakeLangfuse(fake);
  closers.push(() => server.close());
  return server.url;
}

const endings = ['success', 'exception', 'max iterations', 'abort', 'suspended', 'nested run'];

function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n').filter((line) => line.split(' │ ').length > 8);
  return lines.slice(1).map((line) => line.split('│').map((cell) => cell.trim()));
}

describe('the demo without keys', () => {
  it('leaves a complete parent for every ending on both wires, told within 119 columns', async () => {
    const { text, exitCode } = await demonstrate();

    const [end, seen] = ['✓', '✓'];
    const row = (wire: string, ending: string, rest: readonly string[]): readonly string[] => {
      const [status = '', output = '', children = ''] = rest;
      return [wire, ending, '✓', '✓', '✓', status, output, end, children, seen, '✓'];
    };
    const expected = (wire: string): readonly (readonly string[])[] => [
      row(wire, 'success', ['completed', 'result', '9/9']),
      row(wire, 'exception', ['error', 'error', '3/3']),
      row(wire, 'max iterations', ['error', 'error', '8/8']),
      row(wire, 'abort', ['error', 'error', '2/2']),
      row(wire, 'suspended', ['suspended', 'pending', '5/5']),
      row(wire, 'nested run', ['completed', 'result', '18/18']),
    ];
    expect(tableRows(text)).toEqual([...expected('ingestion'), ...expected('otlp')]);
    expect(text).toContain('12 of 12 parents complete, 108 observations in all.');
    expect(text).toContain('51 observations delivered, 0 pending, none dropped');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(120);
    expect(exitCode).toBe(0);
  });

  it('says what is missing when only one of the keys is set', async () => {
    const env = { LANGFUSE_PUBLIC_KEY: 'pk-lf-1' };

    const { text } = await demonstrate({ env, createSink: () => langfuse({ env, dotenv: false }) });

    expect(text).toMatch(/^LANGFUSE_SECRET_KEY is not set/);
  });
});

describe('the demo with keys', () => {
  const keys = { publicKey: 'pk-lf-local', secretKey: 'sk-lf-local', env: {}, dotenv: false };

  it('sends to that Langfuse and links to every trace', async () => {
    const fake = createFakeLangfuse();
    const baseUrl = await serve(fake);

    const { text, exitCode } = await demonstrate({
      createSink: () => langfuse({ ...keys, baseUrl }),
    });

    const traces = fake.traces();
    expect(traces).toHaveLength(endings.length);
    expect(traces.flatMap(missingFromParent)).toEqual([]);
    for (const { id } of traces) expect(text).toMatch(new RegExp(`^  ${baseUrl}/\\S*${id}$`, 'm'));
    expect(tableRows(text).map(([wire, ending]) => [wire, ending])).toEqual(
      endings.map((ending) => ['langfuse', ending]),
    );
    expect(exitCode).toBe(0);
  });

  it('stops, exits with 1 and says why when nothing arrives there', async () => {
    const baseUrl = await serve(createFakeLangfuse({ secretKey: 'another' }));

    const { text, exitCode } = await demonstrate({
      createSink: () => langfuse({ ...keys, baseUrl }),
      deliveryTimeoutMs: 200,
    });

    expect(text).toContain('error: ');
    expect(text).toContain('401');
    expect(text).toContain('Nothing arrives there; the other runs are left out.');
    expect(text).toContain('0 of 1 parents complete');
    expect(exitCode).toBe(1);
  });
});

describe('the demo with a real model', () => {
  it('lets it answer the success scenario with the tools and records its usage', async () => {
    const chat = await serveChatCompletions(answerLikeAModel);
    closers.push(() => chat.close());
    const fake = createFakeLangfuse();
    const baseUrl = await serve(fake);
    const env = {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: chat.baseUrl,
      OPENAI_MODEL: 'gpt-test',
    };

    const { exitCode } = await demonstrate({
      env,
      createSink: () =>
        langfuse({
          publicKey: 'pk-lf-local',
          secretKey: 'sk-lf-local',
          baseUrl,
          env: {},
          dotenv: false,
        }),
    });

    const trace = fake.traces().find(({ name }) => name === 'librarian');
    const generation = trace?.observations.find(({ type }) => type === 'GENERATION');
    expect(trace?.root?.output).toBe('It is "Retries".');
    expect(generation).toMatchObject({
      model: 'gpt-test-2026',
      usageDetails: { input: 20, output: 5, total: 25 },
    });
    expect(chat.requests).toHaveLength(2);
    expect(exitCode).toBe(0);
  });
});

/** Searches first, then names the title that the search returned. */
function answerLikeAModel({ body: { messages } }: ChatRequest): ReturnType<typeof completion> {
  const observed = messages.findLast(({ role }) => role === 'tool')?.content;
  if (observed === undefined || observed === null) {
    return completion(functionCall('search_docs', { query: 'retry' }));
  }
  const title = /"title":("[^"]+")/.exec(observed)?.[1];
  return completion({ role: 'assistant', content: `It is ${title}.` });
}
