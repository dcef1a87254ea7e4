import { Command, InvalidArgumentError } from 'commander';
import type { FakeWrite } from '../../../mocks/fake/writes.ts';
import type { Sink } from '../../../src/index.ts';
import { cleanedText } from '../../langfuse/environment.ts';
import { parseReadableDirectory } from '../options/paths.ts';
import { untilStopped } from '../until-stopped.ts';
import { runDemo } from './demo.ts';
import { readDocumentation } from './documents.ts';
import { interruptionsOn } from './interruptions.ts';
import { toIntroductionLines } from './introduction.ts';
import { createKnowledge } from './knowledge.ts';
import { createOpenAiModel } from './openai-model.ts';
import { modelEnvironmentSchema } from './model-environment.ts';
import type { Paint } from '../terminal/paint.ts';
import { showRuns } from './show-runs.ts';
import { createScenarios, type ScenarioSetting } from './scenarios.ts';
import { type Environment, fakeStages, langfuseStage } from './stage.ts';

/** What `demo` needs of the process that runs it. */
export interface DemoSurroundings {
  /** Variables of the environment and of `.env`. */
  readonly env: Environment;
  /** Where the package lies, with its README. */
  readonly packageFolder: string;
  /** Makes the sink of the environment; disabled without keys. */
  readonly createSink: () => Sink;
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** Default: the platform of this process. */
  readonly platform?: NodeJS.Platform;
  /** How long to wait until a run has arrived, milliseconds. Default 10,000. */
  readonly deliveryTimeoutMs?: number;
  /** Resolves when the process is asked to stop; for `--open`. Default: on SIGINT or SIGTERM. */
  readonly untilStopped?: () => Promise<void>;
  /** Takes the exit code when a parent is not complete. */
  readonly setExitCode: (code: number) => void;
}

/** `langfuse-lifecycle demo`: agents with real tools through every ending, and the traces that they leave. */
export function demoCommand(surroundings: DemoSurroundings): Command {
  return new Command('demo')
    .description('run agents through every ending and show the traces that they leave')
    .option(
      '--docs <directory>',
      'Markdown files that the agents search (default: those of this package)',
      parseReadableDirectory,
    )
    .option('--topic <words>', 'what the agents look up', parseTopic, 'conversation id')
    .option('--open', 'serve the runs afterwards, on a page to look at in a browser')
    .addHelpText('after', demoHelp)
    .action((flags: DemoFlags) => demo(flags, surroundings));
}

const demoHelp = `
Without keys the demo starts a fake Langfuse inside this process, once for each wire (legacy ingestion and OTLP), and
reads the traces back from it. With LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY (and LANGFUSE_BASE_URL) it sends them to
that Langfuse and prints their links.

Some runs end because their process does: those are in processes of their own, which are stopped by SIGTERM, call
process.exit() or crash. Their traces are not read back from a Langfuse of yours; follow their links.

With OPENAI_API_KEY (and OPENAI_BASE_URL, OPENAI_MODEL) a real model answers the success scenario; otherwise a script
decides by what the tools return. All variables may stand in .env.

With --open the runs of the fake stay at hand afterwards: a page shows them until Ctrl-C.

Exit codes: 0 every parent is complete and everything was delivered, 1 something is not, 2 wrong usage.

Examples:
  $ langfuse-lifecycle demo
  $ langfuse-lifecycle demo --open
  $ langfuse-lifecycle demo --docs ./docs --topic "retry"
  $ LANGFUSE_PUBLIC_KEY=pk-lf-… LANGFUSE_SECRET_KEY=sk-lf-… langfuse-lifecycle demo`;

interface DemoFlags {
  readonly docs?: string;
  readonly topic: string;
  readonly open?: true;
}

async function demo(
  { docs, topic, open }: DemoFlags,
  surroundings: DemoSurroundings,
): Promise<void> {
  const { env, write, paint, deliveryTimeoutMs, setExitCode } = surroundings;
  const { platform = process.platform } = surroundings;
  const documentation = toDocumentation(docs, surroundings);
  const documents = readDocumentation(documentation);
  const knowledge = createKnowledge(documents);
  const sink = surroundings.createSink();
  const model = toModel(env);
  const scenarios = createScenarios({
    knowledge,
    documentation,
    topic,
    thinkingMs: 60,
    conversationSuffix: Date.now().toString(36),
    ...(model !== undefined && { model }),
    interruptions: interruptionsOn(platform),
  });
  const facts = {
    sink,
    env,
    platform,
    files: documents.length,
    sections: knowledge.sections.length,
  };
  write(`${toIntroductionLines(facts).join('\n')}\n`);
  const writes: FakeWrite[] = [];
  const isFake = sink.disabled !== undefined;
  const stages = isFake
    ? fakeStages({ env, onWrite: (one) => void writes.push(one) })
    : [langfuseStage(sink, env)];
  const { isComplete } = await runDemo({ scenarios, stages, write, paint, deliveryTimeoutMs });
  if (!isComplete) setExitCode(1);
  if (!isFake) return;
  if (open === true) await showRuns(writes, { untilStopped, ...surroundings });
  else write(`\n${paint('dim', 'To look at these runs in a browser: npm run demo -- --open')}\n`);
}

function toDocumentation(
  docs: string | undefined,
  { packageFolder }: DemoSurroundings,
): ScenarioSetting['documentation'] {
  return docs === undefined
    ? { type: 'package', folder: packageFolder }
    : { type: 'folder', folder: docs };
}

function toModel(env: DemoSurroundings['env']): ReturnType<typeof createOpenAiModel> | undefined {
  const variables = modelEnvironmentSchema.parse(env);
  const apiKey = cleanedText(variables.OPENAI_API_KEY);
  if (apiKey === undefined) return undefined;
  return createOpenAiModel({
    apiKey,
    baseUrl: cleanedText(variables.OPENAI_BASE_URL),
    model: cleanedText(variables.OPENAI_MODEL),
  });
}

function parseTopic(text: string): string {
  if (text.trim() === '' || text.includes('"')) {
    throw new InvalidArgumentError('Expected words without double quotes, for example retry.');
  }
  return text.trim();
}
