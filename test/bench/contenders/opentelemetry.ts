import type { Context, Span, Tracer as OpenTelemetryTracer } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';

import { model, parentName, temperature } from '../workload.ts';
import {
  authorization,
  type Contender,
  otlpPath,
  spanAttributes,
  type Target,
  type Tracer,
} from './contender.ts';

interface ExporterModule {
  readonly OTLPTraceExporter: new (options: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }) => SpanExporter;
}

async function start(target: Target, exporterPackage: string): Promise<Tracer> {
  const [api, { BasicTracerProvider, BatchSpanProcessor }, exporters] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    // By name: the protobuf exporter is installed beside this file only, when a benchmark is run.
    import(exporterPackage) as Promise<ExporterModule>,
  ]);
  const exporter = new exporters.OTLPTraceExporter({
    url: `${target.url}${otlpPath}`,
    headers: { authorization: authorization(target), 'x-langfuse-ingestion-version': '4' },
  });
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  return {
    ...createTracer(provider.getTracer('agent'), (span) =>
      api.trace.setSpan(api.ROOT_CONTEXT, span),
    ),
    // It rejects when an export failed.
    flush: () => provider.forceFlush().catch(() => undefined),
  };
}

function createTracer(
  tracer: OpenTelemetryTracer,
  below: (span: Span) => Context,
): Pick<Tracer, 'startRun'> {
  return {
    startRun(work) {
      const root = tracer.startSpan(parentName, {
        root: true,
        attributes: {
          [spanAttributes.type]: 'agent',
          [spanAttributes.input]: JSON.stringify(work.input),
          [spanAttributes.sessionId]: work.conversationId,
          [spanAttributes.userId]: work.userId,
          [spanAttributes.traceName]: parentName,
        },
      });
      const context = below(root);
      return {
        startStep({ kind, name, input }) {
          const span = tracer.startSpan(
            name,
            {
              attributes: {
                [spanAttributes.type]: kind,
                [spanAttributes.input]: JSON.stringify(input),
                ...(kind === 'generation' && {
                  [spanAttributes.model]: model,
                  [spanAttributes.modelParameters]: JSON.stringify({ temperature }),
                }),
              },
            },
            context,
          );
          return {
            end({ output, usage }) {
              span.setAttribute(spanAttributes.output, JSON.stringify(output));
              if (kind === 'generation')
                span.setAttribute(spanAttributes.usage, JSON.stringify(usage));
              span.end();
            },
          };
        },
        end(output) {
          root.setAttribute(spanAttributes.output, JSON.stringify(output));
          root.end();
        },
      };
    },
  };
}

const shared = {
  doesNot: 'compress, redact, bound values; its queue drops spans beyond 2,048, parents too',
} as const;

/** OpenTelemetry's SDK and its JSON exporter. */
export const openTelemetryJson: Contender = {
  ...shared,
  does: 'spans of the SDK, batch processor, OTLP/JSON; retries for at most 10 s',
  start: (target) => start(target, '@opentelemetry/exporter-trace-otlp-http'),
};

/** OpenTelemetry's SDK and its protobuf exporter. */
export const openTelemetryProtobuf: Contender = {
  ...shared,
  does: 'spans of the SDK, batch processor, OTLP/protobuf; retries for at most 10 s',
  start: (target) => start(target, '@opentelemetry/exporter-trace-otlp-proto'),
};
