import type { Lifecycle, Run } from '../../../adapters/index.ts';
import type * as Entry from '../../../adapters/index.ts';
import type { LangfuseOptions } from '../../../adapters/langfuse/index.ts';
import type * as LangfuseEntry from '../../../adapters/langfuse/index.ts';
import { model, parentName, temperature } from '../workload.ts';
import type { Contender, OpenRun, Target, Tracer } from './contender.ts';

// What is published, not the sources: `npm run bench` builds it first.
const entry = new URL('../../../dist/index.js', import.meta.url).href;
const langfuseEntry = new URL('../../../dist/langfuse.js', import.meta.url).href;

type Wire = 'langfuseOtlp' | 'langfuseIngestion';

async function start(
  { url, publicKey, secretKey }: Target,
  wire: Wire,
  options: LangfuseOptions = {},
): Promise<Tracer> {
  const [{ createLifecycle }, sinks] = await Promise.all([
    import(entry) as Promise<typeof Entry>,
    import(langfuseEntry) as Promise<typeof LangfuseEntry>,
  ]);
  const sink = sinks[wire]({
    ...options,
    baseUrl: url,
    publicKey,
    secretKey,
    env: {},
    dotenv: false,
  });
  return toTracer(createLifecycle({ sink }));
}

async function startDisabled(): Promise<Tracer> {
  const [{ createLifecycle }, { langfuse }] = await Promise.all([
    import(entry) as Promise<typeof Entry>,
    import(langfuseEntry) as Promise<typeof LangfuseEntry>,
  ]);
  const sink = langfuse({ env: {}, dotenv: false });
  return toTracer(createLifecycle({ sink, onDiagnostic: () => undefined }));
}

function toTracer(lifecycle: Lifecycle): Tracer {
  return {
    startRun: ({ input, conversationId, userId }) =>
      toOpenRun(lifecycle.startRun({ name: parentName, input, conversationId, userId })),
    async flush() {
      await lifecycle.flush({ timeoutMs: 60_000 });
    },
  };
}

function toOpenRun(run: Run): OpenRun {
  return {
    startStep({ kind, name, input }) {
      const isGeneration = kind === 'generation';
      const step = run.startStep({
        kind,
        name,
        input,
        ...(isGeneration && { model, modelParameters: { temperature } }),
      });
      return {
        end({ output, usage }) {
          if (isGeneration) step.update({ usage });
          step.complete(output);
        },
      };
    },
    end: (output) => run.complete(output),
  };
}

const shared = {
  doesNot: 'keep a journal here, which is off by default',
  startDisabled,
} as const;

/** This package on the wire of Langfuse v4. */
export const oursOtlp: Contender = {
  ...shared,
  does: 'sanitizes (redacts secrets, bounds size and depth), snapshots, bounds what waits, parents first, retries until delivered; OTLP, gzip',
  start: (target) => start(target, 'langfuseOtlp'),
};

/** The same without gzip, as the others that write OTLP have it. */
export const oursOtlpPlain: Contender = {
  ...shared,
  does: "the same with `compression: 'none'`",
  start: (target) => start(target, 'langfuseOtlp', { compression: 'none' }),
};

/** This package on the wire of Langfuse before v4. */
export const oursLegacy: Contender = {
  ...shared,
  does: 'the same over the ingestion endpoint, which takes no compression; the `langfuse` client encodes, its queue and transport are not used',
  start: (target) => start(target, 'langfuseIngestion'),
};
