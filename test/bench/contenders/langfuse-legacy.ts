import { model, parentName, temperature } from '../workload.ts';
import type { Contender, Target, Tracer } from './contender.ts';

async function start({ url, publicKey, secretKey }: Target, enabled: boolean): Promise<Tracer> {
  const { Langfuse } = await import('langfuse');
  const client = new Langfuse({ publicKey, secretKey, baseUrl: url, enabled });
  return {
    startRun({ conversationId: sessionId, userId, input }) {
      const trace = client.trace({ name: parentName, sessionId, userId, input });
      return {
        startStep({ kind, name, input: given }) {
          if (kind === 'tool') {
            const span = trace.span({ name, input: given });
            return { end: ({ output }) => void span.end({ output }) };
          }
          const generation = trace.generation({
            name,
            input: given,
            model,
            modelParameters: { temperature },
          });
          return {
            end: ({ output, usage }) => void generation.end({ output, usageDetails: { ...usage } }),
          };
        },
        end: (output) => void trace.update({ output }),
      };
    },
    flush: () => client.flushAsync(),
  };
}

/** Langfuse's own SDK, version 3. */
export const langfuseLegacy: Contender = {
  does: 'an event at each start and end, in requests of 15 events; 4 tries, 3 s apart',
  doesNot: 'compress, redact without a mask of yours, bound what waits',
  start: (target) => start(target, true),
  startDisabled: (target) => start(target, false),
};
