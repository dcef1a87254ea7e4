import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import type { FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { answerOf, postExport } from './fake-requests.ts';

type FinishedSpan = ReturnType<InMemorySpanExporter['getFinishedSpans']>[number];

function finishedSpans(): FinishedSpan[] {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test', '1.0.0');
  const parent = tracer.startSpan('run', {
    startTime: 1_795_435_200_123,
    attributes: {
      text: 'Grüße 👋',
      whole: -7,
      large: 2 ** 40,
      broken: -0.5,
      yes: true,
      no: false,
      texts: ['a', 'b'],
      numbers: [1, -2, 0.25],
      none: [],
      'langfuse.observation.input': 'Where is my order?',
    },
  });
  const child = tracer.startSpan(
    'step',
    { links: [{ context: parent.spanContext(), attributes: { kind: 'test' } }] },
    trace.setSpan(ROOT_CONTEXT, parent),
  );
  child.addEvent('gen_ai.choice', { message: 'hello' });
  child.recordException(new Error('broken'));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'broken' });
  child.end();
  parent.end(1_795_435_205_456);
  return exporter.getFinishedSpans();
}

function fakeThatTook(body: Uint8Array | undefined, contentType: string): FakeLangfuse {
  const fake = createFakeLangfuse();
  const reply = postExport(fake, body ?? new Uint8Array(), { 'content-type': contentType });
  expect(answerOf(reply).status).toBe(200);
  return fake;
}

describe('an export as protobuf', () => {
  const spans = finishedSpans();

  it('is taken like the same export as JSON', () => {
    const json = fakeThatTook(JsonTraceSerializer.serializeRequest(spans), 'application/json');
    const protobuf = fakeThatTook(
      ProtobufTraceSerializer.serializeRequest(spans),
      'application/x-protobuf',
    );

    expect(protobuf.traces()).toEqual(json.traces());
    expect(protobuf.traces()[0]?.observations).toHaveLength(2);
  });

  it('is shown in its JSON form, with ids in hex', () => {
    const protobuf = fakeThatTook(
      ProtobufTraceSerializer.serializeRequest(spans),
      'application/x-protobuf',
    );

    const contexts = spans.map((span) => span.spanContext());
    expect(protobuf.otlpSpans).toMatchObject(
      contexts.map(({ traceId, spanId }) => ({ traceId, spanId })),
    );
  });

  it('is refused when it is cut off', () => {
    const bytes = ProtobufTraceSerializer.serializeRequest(spans)?.slice(0, -3);

    const reply = postExport(createFakeLangfuse(), bytes ?? new Uint8Array(), {
      'content-type': 'application/x-protobuf',
    });

    expect(answerOf(reply)).toEqual({
      status: 400,
      body: { error: 'Failed to parse OTel Protobuf Trace' },
    });
  });
});
