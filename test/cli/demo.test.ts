import { afterEach, describe, expect, it } from 'vitest';
import { demoCommand, type DemoSurroundings } from '../../adapters/cli/demo/command.ts';
import { plain } from '../../adapters/cli/terminal/paint.ts';
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

const ownEndings = ['success', 'exception', 'max iterations', 'abort', 'suspended', 'nested run'];
const interruptedEndings = ['SIGTERM', 'process.exit', 'crash'];
const endings = [...ownEndings, ...interruptedEndings];

function keysFor(baseUrl: string): Pick<DemoSurroundings, 'env' | 'createSink'> {
  const env = {
    LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
    LANGFUSE_SECRET_KEY: 'sk-lf-local',
    LANGFUSE_BASE_URL: baseUrl,
  };
  return { env, createSink: () => langfuse({ env, dotenv: false }) };
}

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
      row(wire, 'SIGTERM', ['error', 'error', '6/6']),
      row(wire, 'process.exit', ['error', 'error', '6/6']),
      row(wire, 'crash', ['error', 'error', '6/6']),
    ];
    expect(tableRows(text)).toEqual([...expected('ingestion'), ...expected('otlp')]);
    expect(text).toContain('18 of 18 parents complete, 153 observations in all.');
    expect(text).toContain('To look at these runs in a browser: npm run demo -- --open');
    expect(text).toContain('51 observations delivered by this process, 0 pending, none dropped');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(120);
    expect(exitCode).toBe(0);
  });
});

describe('the demo with keys', () => {
  it('sends to that Langfuse and links to every trace', async () => {
    const fake = createFakeLangfuse();
    const baseUrl = await serve(fake);

    const { text, exitCode } = await demonstrate(keysFor(baseUrl));

    const traces = fake.traces();
    expect(traces).toHaveLength(endings.length);
    expect(traces.flatMap(missingFromParent)).toEqual([]);
    for (const { id } of traces) expect(text).toMatch(new RegExp(`^  ${baseUrl}/\\S*${id}$`, 'm'));
    expect(tableRows(text).map(([wire, ending]) => [wire, ending])).toEqual(
      endings.map((ending) => ['langfuse', ending]),
    );
    expect(text).toContain('6 of 6 parents complete');
    expect(text).toContain('3 more to look at by their links.');
    expect(text).toContain('its ending should be error (interrupted), process.exit(3))');
    expect(exitCode).toBe(0);
  });

  it('stops, exits with 1 and says why when nothing arrives there', async () => {
    const baseUrl = await serve(createFakeLangfuse({ secretKey: 'another' }));

    const { text, exitCode } = await demonstrate({
      ...keysFor(baseUrl),
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
    const keys = keysFor(await serve(fake));
    const env = {
      ...keys.env,
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: chat.baseUrl,
      OPENAI_MODEL: 'gpt-test',
    };

    const { exitCode } = await demonstrate({ ...keys, env });

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
