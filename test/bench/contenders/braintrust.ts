import { model, parentName } from '../workload.ts';
import type { Contender, Target, Tracer } from './contender.ts';

// What is used of the package, which is installed beside this file only when a benchmark is run.
interface BraintrustSpan {
  startSpan(options: StartSpan): BraintrustSpan;
  log(event: Readonly<Record<string, unknown>>): void;
  end(): void;
}

interface StartSpan {
  readonly name: string;
  readonly type: 'task' | 'llm' | 'tool';
  readonly event: Readonly<Record<string, unknown>>;
}

interface Braintrust {
  initLogger(options: {
    readonly projectName: string;
    readonly appUrl: string;
    readonly apiKey: string;
  }): BraintrustSpan & { flush(): Promise<void> };
  startSpan(options: StartSpan): BraintrustSpan;
}

const packageName = 'braintrust';

async function start({ url, secretKey }: Target): Promise<Tracer> {
  const sdk = (await import(packageName)) as Braintrust;
  const logger = sdk.initLogger({ projectName: 'bench', appUrl: url, apiKey: secretKey });
  return { ...createTracer(logger), flush: () => logger.flush().catch(() => undefined) };
}

function createTracer(parent: Pick<BraintrustSpan, 'startSpan'>): Tracer {
  return {
    startRun({ input, conversationId, userId }) {
      const metadata = { session_id: conversationId, user_id: userId };
      const root = parent.startSpan({ name: parentName, type: 'task', event: { input, metadata } });
      return {
        startStep({ kind, name, input: given }) {
          const isGeneration = kind === 'generation';
          const span = root.startSpan({
            name,
            type: isGeneration ? 'llm' : 'tool',
            event: { input: given, ...(isGeneration && { metadata: { model } }) },
          });
          return {
            end({ output, usage }) {
              const metrics = { prompt_tokens: usage.input, completion_tokens: usage.output };
              span.log({ output, ...(isGeneration && { metrics }) });
              span.end();
            },
          };
        },
        end(output) {
          root.log({ output });
          root.end();
        },
      };
    },
    flush: () => Promise.resolve(),
  };
}

/** Braintrust's SDK. */
export const braintrust: Contender = {
  does: 'rows that are merged before they are sent, JSON; 3 tries',
  doesNot:
    'write to Langfuse; compress, redact without a masking function of yours; its queue drops what comes beyond 15,000 rows, parents too',
  start,
  async startDisabled() {
    // Without a logger every span is one that does nothing.
    return createTracer((await import(packageName)) as Braintrust);
  },
};
