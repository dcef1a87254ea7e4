import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Sink } from '../../../src/index.ts';
import { runDemo } from './demo.ts';
import { readDocuments, readPackageDocuments } from './documents.ts';
import { createKnowledge } from './knowledge.ts';
import { createOpenAiModel } from './openai-model.ts';
import { modelEnvironmentSchema } from './model-environment.ts';
import type { Paint } from './paint.ts';
import { createScenarios } from './scenarios.ts';
import { fakeStages, langfuseStage } from './stage.ts';

/** What `demo` needs of the process that runs it. */
export interface DemoSurroundings {
  /** Variables of the environment and of `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the package lies, with its README. */
  readonly packageFolder: string;
  /** Makes the sink of the environment; disabled without keys. */
  readonly createSink: () => Sink;
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** How long to wait until a run has arrived, milliseconds. Default 10,000. */
  readonly deliveryTimeoutMs?: number;
  /** Takes the exit code when a parent is not complete. */
  readonly setExitCode: (code: number) => void;
}

/** `langfuse-lifecycle demo`: agents with real tools through every ending, and the traces that they leave. */
export function demoCommand(surroundings: DemoSurroundings): Command {
  return new Command('demo')
    .description('run agents through every ending and show the traces that they leave')
    .option(
      '--docs <folder>',
      'Markdown files that the agents search (default: those of this package)',
    )
    .option('--topic <words>', 'what the agents look up', parseTopic, 'conversation id')
    .addHelpText('after', demoHelp)
    .action((flags: DemoFlags) => demo(flags, surroundings));
}

const demoHelp = `
Without keys the demo starts a fake Langfuse inside this process, once for each wire (legacy ingestion and OTLP), and
reads the traces back from it. With LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (and LANGFUSE_BASE_URL) it sends them to
that Langfuse and prints their links.

With OPENAI_API_KEY (and OPENAI_BASE_URL, OPENAI_MODEL) a real model answers the success scenario; otherwise a script
decides by what the tools return. All variables may stand in .env.

Exit code: 0 when every parent is complete and everything was delivered, else 1.

Examples:
  $ langfuse-lifecycle demo
  $ langfuse-lifecycle demo --docs ./docs --topic "retry"
  $ LANGFUSE_PUBLIC_KEY=pk-lf-… LANGFUSE_SECRET_KEY=sk-lf-… langfuse-lifecycle demo`;

interface DemoFlags {
  readonly docs?: string;
  readonly topic: string;
}

async function demo({ docs, topic }: DemoFlags, surroundings: DemoSurroundings): Promise<void> {
  const { env, packageFolder, write, paint, deliveryTimeoutMs, setExitCode } = surroundings;
  const folder = docs === undefined ? packageFolder : resolve(docs);
  const documents = docs === undefined ? readPackageDocuments(folder) : readDocuments(folder);
  const knowledge = createKnowledge(documents);
  const sink = surroundings.createSink();
  const model = toModel(env);
  const scenarios = createScenarios({
    knowledge,
    folder,
    topic,
    thinkingMs: 60,
    conversationSuffix: Date.now().toString(36),
    ...(model !== undefined && { model }),
  });
  write(`${toIntroduction({ sink, env })}\n`);
  write(`The agents know ${documents.length} files with ${knowledge.sections.length} sections.\n`);
  const stages = sink.disabled === undefined ? [langfuseStage(sink)] : fakeStages;
  const { isComplete } = await runDemo({ scenarios, stages, write, paint, deliveryTimeoutMs });
  if (!isComplete) setExitCode(1);
}

function toModel(env: DemoSurroundings['env']): ReturnType<typeof createOpenAiModel> | undefined {
  const variables = modelEnvironmentSchema.parse(env);
  const apiKey = setText(variables.OPENAI_API_KEY);
  if (apiKey === undefined) return undefined;
  return createOpenAiModel({
    apiKey,
    baseUrl: setText(variables.OPENAI_BASE_URL),
    model: setText(variables.OPENAI_MODEL),
  });
}

function toIntroduction({
  sink,
  env,
}: Pick<DemoSurroundings, 'env'> & { readonly sink: Sink }): string {
  if (sink.disabled === undefined) return 'The traces go to the Langfuse of your keys.';
  const keys = [env['LANGFUSE_PUBLIC_KEY'], env['LANGFUSE_SECRET_KEY']].map(setText);
  // Half a configuration is an oversight, none is a choice.
  const notice = keys.some((key) => key !== undefined) ? `${sink.disabled.message}\n` : '';
  return `${notice}The traces go to a fake Langfuse in this process; set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY for yours.`;
}

function setText(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text === '' ? undefined : text;
}

function parseTopic(text: string): string {
  if (text.trim() === '' || text.includes('"')) {
    throw new InvalidArgumentError('Expected words without double quotes, for example retry.');
  }
  return text.trim();
}
