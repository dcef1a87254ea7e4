import { model, parentName } from '../workload.ts';
import type { Contender, Target, Tracer } from './contender.ts';

// What is used of the package, which is installed beside this file only when a benchmark is run.
interface LangSmithRun {
  createChild(config: RunConfig): LangSmithRun;
  end(outputs: Readonly<Record<string, unknown>>): Promise<void>;
  postRun(): Promise<void>;
  patchRun(): Promise<void>;
}

interface RunConfig {
  readonly name: string;
  readonly run_type: 'chain' | 'llm' | 'tool';
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface LangSmithClient {
  awaitPendingTraceBatches(): Promise<unknown>;
}

interface LangSmith {
  readonly Client: new (options: {
    readonly apiUrl: string;
    readonly apiKey: string;
  }) => LangSmithClient;
  readonly RunTree: new (
    config: RunConfig & {
      readonly client: LangSmithClient;
      readonly project_name: string;
      readonly tracingEnabled: boolean;
    },
  ) => LangSmithRun;
}

const packageName = 'langsmith';

async function start({ url, secretKey }: Target, tracingEnabled: boolean): Promise<Tracer> {
  const { Client, RunTree } = (await import(packageName)) as LangSmith;
  const client = new Client({ apiUrl: url, apiKey: secretKey });
  let accepted: Promise<void>[] = [];
  const note = (promise: Promise<void>): void => {
    accepted.push(promise.catch(() => undefined));
    if (accepted.length > 10_000) accepted = accepted.slice(-5_000);
  };
  const finish = (run: LangSmithRun, outputs: Readonly<Record<string, unknown>>): void => {
    note(run.end(outputs));
    note(run.patchRun());
  };
  return {
    startRun({ input, conversationId, userId }) {
      const root = new RunTree({
        name: parentName,
        run_type: 'chain',
        inputs: input,
        metadata: { session_id: conversationId, user_id: userId },
        client,
        project_name: 'bench',
        tracingEnabled,
      });
      note(root.postRun());
      return {
        startStep({ kind, name, input: inputs }) {
          const child = root.createChild({
            name,
            run_type: kind === 'generation' ? 'llm' : 'tool',
            inputs,
            ...(kind === 'generation' && { metadata: { ls_model_name: model } }),
          });
          note(child.postRun());
          return {
            end: ({ output, usage }) =>
              finish(child, kind === 'generation' ? { ...output, usage_metadata: usage } : output),
          };
        },
        end: (output) => finish(root, output),
      };
    },
    async flush() {
      const waiting = accepted;
      accepted = [];
      await Promise.all(waiting);
      await client.awaitPendingTraceBatches();
    },
  };
}

/** LangSmith's SDK. */
export const langsmith: Contender = {
  does: 'a post and a patch of each run, merged where they meet in the queue, multipart, compressed as its server allows',
  doesNot: 'write to Langfuse; redact without an anonymizer of yours',
  start: (target) => start(target, true),
  startDisabled: (target) => start(target, false),
};
