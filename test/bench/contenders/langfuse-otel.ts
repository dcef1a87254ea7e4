import { model, parentName, temperature } from '../workload.ts';
import type { Contender, Target, Tracer } from './contender.ts';

async function start(target: Target): Promise<Tracer> {
  const [
    { context, trace },
    { AsyncLocalStorageContextManager },
    { BasicTracerProvider },
    { LangfuseSpanProcessor },
  ] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/sdk-trace-base'),
    import('@langfuse/otel'),
  ]);
  const processor = new LangfuseSpanProcessor({
    publicKey: target.publicKey,
    secretKey: target.secretKey,
    baseUrl: target.url,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  return {
    ...(await createTracer()),
    // It rejects when an export failed.
    flush: () => processor.forceFlush().catch(() => undefined),
  };
}

async function createTracer(): Promise<Tracer> {
  const { propagateAttributes, startObservation } = await import('@langfuse/tracing');
  return {
    startRun(work) {
      const { conversationId: sessionId, userId, input } = work;
      const root = propagateAttributes({ sessionId, userId, traceName: parentName }, () =>
        startObservation(parentName, { input }, { asType: 'agent' }),
      );
      return {
        startStep(step) {
          if (step.kind === 'tool') {
            const tool = root.startObservation(
              step.name,
              { input: step.input },
              { asType: 'tool' },
            );
            return { end: ({ output }) => tool.update({ output }).end() };
          }
          const generation = root.startObservation(
            step.name,
            { input: step.input, model, modelParameters: { temperature } },
            { asType: 'generation' },
          );
          return {
            end: ({ output, usage }) => generation.update({ output, usageDetails: usage }).end(),
          };
        },
        end: (output) => root.update({ output }).end(),
      };
    },
    flush: () => Promise.resolve(),
  };
}

/** Langfuse's own SDK, version 5. */
export const langfuseOtel: Contender = {
  does: 'spans of the OpenTelemetry SDK with Langfuse attributes, batch processor, OTLP/JSON; retries for at most 5 s',
  doesNot:
    'compress, redact without a mask of yours, bound values; its queue drops spans beyond 2,048, parents too; session and user only on the parent here',
  start,
  // Nothing registered: OpenTelemetry's tracer that does nothing is under it.
  startDisabled: () => createTracer(),
};
