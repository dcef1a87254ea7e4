import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { agent, chat, inside, scene } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

function at(milliseconds: number): Date {
  return new Date(Date.UTC(2026, 10, 25) + milliseconds);
}

describe('which span is the run', () => {
  it('is the agent and not the request above', async () => {
    const { tracer, finish } = scene();
    const request = tracer.startSpan('POST /chat', { attributes: { 'http.route': '/chat' } });
    inside(request, () => tracer.startSpan('invoke_agent a', { attributes: agent })).end();
    request.end();
    const { parents } = await finish();

    const { traceId } = request.spanContext();
    expect(parents.map(({ name }) => name)).toEqual(['a']);
    expect(parents[0]?.metadata).toMatchObject({ otel_trace_id: traceId });
    expect(parents[0]?.trace.traceId.slice(0, 16)).toBe(traceId.slice(0, 16));
    expect(parents[0]?.trace.traceId).not.toBe(traceId);
  });

  it('keeps the trace id of an agent that is the root of its trace, and the span ids of its steps', async () => {
    const { tracer, finish } = scene();
    const root = tracer.startSpan('invoke_agent a', { attributes: agent, startTime: at(1) });
    const call = inside(root, () =>
      tracer.startSpan('chat m', { attributes: chat, startTime: at(2) }),
    );
    call.end(at(3));
    root.end(at(4));
    const { parents, named } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { traceId: root.spanContext().traceId },
      startTime: at(1).getTime(),
      endTime: at(4).getTime(),
    });
    expect(named('chat m')).toMatchObject({
      id: call.spanContext().spanId,
      startTime: at(2).getTime(),
      endTime: at(3).getTime(),
    });
  });

  it('is known while it is open, with the input that was set after its start', async () => {
    const { lifecycle, sink, tracer } = scene();
    const span = tracer.startSpan('my agent');
    span.setAttributes({ ...agent, 'input.value': 'what?', 'session.id': 'chat-7' });

    await Promise.resolve();
    await lifecycle.flush();

    expect(sink.records).toMatchObject([
      { phase: 'open', name: 'my agent', input: 'what?', trace: { conversationId: 'chat-7' } },
    ]);
  });

  it('is found by a child when it says only after its start that it is an agent', async () => {
    const { tracer, finish } = scene();
    const root = tracer.startSpan('my agent');
    root.setAttributes(agent);
    inside(root, () => tracer.startSpan('chat m', { attributes: chat })).end();
    root.end();
    const { parents, below } = await finish();

    expect(parents.map(({ name }) => name)).toEqual(['my agent']);
    expect(below(parents[0])).toEqual(['generation chat m']);
  });

  it('is found at the end, at the latest', async () => {
    const { tracer, finish } = scene();
    const span = tracer.startSpan('my agent', { startTime: at(1) });
    await Promise.resolve();
    span.setAttributes({ ...agent, 'output.value': 'answer' });
    span.end(at(2));
    const { parents } = await finish();

    expect(parents).toMatchObject([
      { name: 'my agent', startTime: at(1).getTime(), output: 'answer' },
    ]);
  });

  it('is inside the run of its caller on a provider without context', async () => {
    const { lifecycle, tracer, finish } = scene({ activate: (_place, fn) => fn() });

    lifecycle.run({ name: 'support' }, () => {
      tracer.startSpan('invoke_agent helper', { attributes: agent }, ROOT_CONTEXT).end();
    });
    const { parents, below } = await finish();

    expect(parents.map(({ name }) => name)).toEqual(['support']);
    expect(below(parents[0])).toEqual(['agent helper']);
  });

  it('is inside the run whose context it is given, wherever it starts', async () => {
    const { lifecycle, tracer, finish } = scene();
    const run = lifecycle.startRun({ name: 'support' });
    let kept = ROOT_CONTEXT;
    run.step({ name: 'queue' }, () => {
      kept = context.active();
    });

    tracer.startSpan('invoke_agent helper', { attributes: agent }, kept).end();
    run.complete('done');
    const { parents, below } = await finish();

    expect(below(parents[0])).toEqual(['span queue', '  agent helper']);
  });
});

describe('other spans inside a run', () => {
  async function treeOf(otherSpans: 'keep' | 'drop') {
    const { tracer, finish } = scene({ processor: { otherSpans } });
    const root = tracer.startSpan('invoke_agent a', { attributes: agent });
    const request = inside(root, () => tracer.startSpan('GET /tools'));
    const late = inside(request, () => tracer.startSpan('wrapper'));
    await Promise.resolve();
    inside(late, () => tracer.startSpan('execute_tool search', { attributes: { x: 1 } })).end();
    late.setAttributes({ 'openinference.span.kind': 'CHAIN' });
    for (const span of [late, request, root]) span.end();
    const { parents, below } = await finish();
    return below(parents[0]);
  }

  it('are steps, so that the tree is the one that OpenTelemetry shows', async () => {
    expect(await treeOf('keep')).toEqual(['span GET /tools', '  chain wrapper', '    tool search']);
  });

  it('may be left out: what is below them hangs one level higher, and what says late what it is comes late', async () => {
    expect(new Set(await treeOf('drop'))).toEqual(new Set(['chain wrapper', 'tool search']));
  });
});
