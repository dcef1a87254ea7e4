import { type Attributes, context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { describe, expect, it } from 'vitest';

import {
  ConfigError,
  createLifecycle,
  type Lifecycle,
  memorySink,
} from '../../../adapters/index.ts';
import { LifecycleSpanProcessor, type TracedSpan } from '../../../adapters/opentelemetry/index.ts';
import { agent, chat, inside, scene } from './scene.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

function at(milliseconds: number): Date {
  return new Date(Date.UTC(2026, 10, 25) + milliseconds);
}

/** What becomes of one agent span whose attributes come with its end. */
async function runOf(attributes: Attributes, name = 'invoke_agent a') {
  const { tracer, finish } = scene();
  const span = tracer.startSpan(name, { attributes: agent });
  span.setAttributes(attributes);
  span.end();
  const { parents } = await finish();
  return parents[0];
}

/** What becomes of one span inside an agent. */
async function stepOf(name: string, attributes: Attributes) {
  const { tracer, finish } = scene();
  const root = tracer.startSpan('invoke_agent a', { attributes: agent });
  inside(root, () => tracer.startSpan(name, { attributes })).end();
  root.end();
  const { parents, named } = await finish();
  return { root: parents[0], step: named(name) };
}

describe('the processor', () => {
  it('is a span processor of the SDK', () => {
    const processor = new LifecycleSpanProcessor(createLifecycle({ sink: memorySink() }));

    expect(processor satisfies SpanProcessor).toBe(processor);
  });

  it('refuses what it cannot work with', () => {
    const lifecycle = createLifecycle({ sink: memorySink() });
    const wrong = { otherSpans: 'none' } as unknown as { readonly otherSpans: 'keep' };

    expect(() => new LifecycleSpanProcessor({} as Lifecycle)).toThrow(ConfigError);
    expect(() => new LifecycleSpanProcessor(lifecycle, wrong)).toThrow(
      "otherSpans: expected 'keep' or 'drop', received 'none'.",
    );
  });

  it('reads spans of the SDK 1, which name their parent and their scope otherwise', async () => {
    const { lifecycle, finish } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const spanOf = (spanId: string, more: Partial<TracedSpan>): TracedSpan => ({
      name: 'invocation',
      spanContext: () => ({ traceId: 'a'.repeat(32), spanId, traceFlags: 1 }),
      instrumentationLibrary: { name: 'gcp.vertex.agent' },
      startTime: [1_000, 5_000_000],
      endTime: [1_001, 0],
      status: { code: 0 },
      attributes: {},
      events: [],
      ...more,
    });
    const root = spanOf('1'.repeat(16), {});
    const call = spanOf('2'.repeat(16), { name: 'call_llm', parentSpanId: '1'.repeat(16) });

    processor.onStart(root, ROOT_CONTEXT);
    processor.onStart(call, ROOT_CONTEXT);
    processor.onEnd(call);
    processor.onEnd(root);
    const { parents, below } = await finish();

    expect(parents).toMatchObject([
      { name: 'invocation', startTime: 1_000_005, endTime: 1_001_000 },
    ]);
    expect(below(parents[0])).toEqual(['generation call_llm']);
  });

  it('keeps faults of a span from the program, and tells them', async () => {
    const { lifecycle, diagnostics } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const broken = {
      spanContext() {
        throw new Error('no ids');
      },
    } as unknown as TracedSpan;

    processor.onStart(broken, undefined);
    processor.onEnd(broken);

    expect(diagnostics).toMatchObject([
      { code: 'internal', message: 'The start of a span could not be recorded: no ids' },
      { code: 'internal', message: 'The end of a span could not be recorded: no ids' },
    ]);
  });

  it('changes nothing when it stands there twice', async () => {
    const { lifecycle, diagnostics, finish } = scene();
    const spanProcessors = [1, 2].map(() => new LifecycleSpanProcessor(lifecycle));
    const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('test');

    const root = tracer.startSpan('invoke_agent a', { attributes: agent });
    inside(root, () => tracer.startSpan('chat m', { attributes: chat })).end();
    root.end();
    const { parents, below } = await finish();

    expect(parents).toHaveLength(1);
    expect(below(parents[0])).toEqual(['generation chat m']);
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(['duplicate_event']));
  });

  it('lets a span that does not know when it began begin now', async () => {
    const before = Date.now();
    const { tracer, finish } = scene();

    tracer
      .startSpan('invoke_agent a', { attributes: agent, startTime: new Date(Number.NaN) })
      .end();
    const { parents } = await finish();

    expect(parents).toHaveLength(1);
    expect(parents[0]?.startTime).toBeGreaterThanOrEqual(before);
    expect(parents[0]?.endTime).toBeGreaterThanOrEqual(before);
  });

  it('looks at spans in spans, however deep, in little time', async () => {
    const { tracer, diagnostics, finish } = scene();
    let around = context.active();
    const spans = Array.from({ length: 8_000 }, (_, index) => {
      const span = tracer.startSpan(`request ${index}`, {}, around);
      around = trace.setSpan(around, span);
      return span;
    });

    tracer.startSpan('invoke_agent deep', { attributes: agent }, around).end();
    for (const span of spans.toReversed()) span.end();
    const { parents } = await finish();

    expect(parents).toMatchObject([{ name: 'deep', metadata: { reason: 'stop' } }]);
    expect(diagnostics).toEqual([]);
  });

  it('leaves JSON alone that would take seconds to parse', async () => {
    const bomb = `[${'{},'.repeat(1_500_000)}{}]`;

    const run = await runOf({ 'gen_ai.input.messages': bomb });

    expect(run?.input).toMatch(/^\[\{\},.*\[truncated 4,500,004 → [\d,]+ chars\]$/s);
  });

  it('lets no attribute change what all objects inherit', async () => {
    const run = await runOf({
      __proto__: 'no',
      'langfuse.trace.metadata.__proto__': '{"polluted":true}',
      'gen_ai.prompt.0.__proto__': '{"polluted":true}',
      'gen_ai.prompt.0.content': 'hi',
      metadata: '{"__proto__":{"polluted":true}}',
      'llm.invocation_parameters': '{"__proto__":{"polluted":true}}',
    });

    expect(run?.input).toMatchObject([{ content: 'hi' }]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('does nothing when nothing is sent', () => {
    const lifecycle = createLifecycle({
      sink: { name: 'off', disabled: { message: 'no keys' }, send: async () => [] },
      onDiagnostic() {},
    });
    const processor = new LifecycleSpanProcessor(lifecycle);
    const unreadable = new Proxy({} as TracedSpan, {
      get() {
        throw new Error('it was read');
      },
    });

    expect(() => processor.onStart(unreadable, undefined)).not.toThrow();
  });

  it('ends open runs when the provider is shut down, and leaves the lifecycle open', async () => {
    const { lifecycle, sink, tracer, provider } = scene();
    tracer.startSpan('invoke_agent lost', { attributes: agent });
    provider.getTracer('langfuse-sdk').startSpan('not yet said');

    await provider.shutdown();
    const atShutdown = sink.parents.map(
      ({ name, metadata }) => `${name} ${String(metadata['reason'])}`,
    );
    lifecycle.run({ name: 'later' }, () => {});
    await lifecycle.shutdown();

    expect(atShutdown).toEqual(['lost never_ended', 'not yet said never_ended']);
    expect(sink.parents.map(({ name }) => name)).toContain('later');
  });

  it('ends them also when one of their spans cannot be read', async () => {
    const { lifecycle, sink, diagnostics } = scene();
    const processor = new LifecycleSpanProcessor(lifecycle);
    const provider = new BasicTracerProvider({ spanProcessors: [processor] });
    const attributes = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('it is gone');
        },
      },
    );
    const spanContext = () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });

    processor.onStart({ spanContext, attributes } as unknown as TracedSpan, undefined);
    provider.getTracer('test').startSpan('invoke_agent lost', { attributes: agent });
    await provider.shutdown();

    expect(sink.parents.map(({ name }) => name)).toEqual(['lost']);
    expect(diagnostics.map(({ message }) => message)).toContain(
      'An open span could not be ended: it is gone',
    );
  });

  it('sends what waits when the provider is flushed', async () => {
    const { sink, tracer, provider } = scene();
    tracer.startSpan('invoke_agent a', { attributes: agent }).end();

    await provider.forceFlush();

    expect(sink.parents).toHaveLength(1);
  });

  it('does not look at spans that are not sampled', async () => {
    const { lifecycle, finish } = scene();
    const provider = new BasicTracerProvider({
      sampler: new AlwaysOffSampler(),
      spanProcessors: [new LifecycleSpanProcessor(lifecycle)],
    });

    provider.getTracer('test').startSpan('invoke_agent a', { attributes: agent }).end();
    const { parents } = await finish();

    expect(parents).toEqual([]);
  });
});

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

describe('a call of a model', () => {
  it('has model, parameters, usage, cost, first token and finish reason', async () => {
    const { root, step } = await stepOf('chat m', {
      ...chat,
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2026',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.top_p': 'Not set',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_creation.input_tokens': 1,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'gen_ai.usage.cost': 0.25,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.id': 'r-1',
      'gen_ai.response.time_to_first_chunk': 0.5,
    });

    expect(step).toMatchObject({
      kind: 'generation',
      model: 'gpt-5-2026',
      modelParameters: { temperature: 0.5, max_tokens: 100 },
      usage: { input: 10, output: 5, cacheRead: 4, cacheWrite: 1, reasoning: 2 },
      cost: { total: 0.25 },
      completionStartTime: step.startTime + 500,
      metadata: { finish_reason: 'stop', provider: 'openai', response_id: 'r-1' },
    });
    expect(root).not.toHaveProperty('usage');
  });

  it.each<readonly [string, Attributes, object]>([
    [
      'the deprecated names',
      { 'gen_ai.usage.prompt_tokens': 3, 'gen_ai.usage.completion_tokens': 2 },
      { input: 3, output: 2 },
    ],
    [
      'OpenInference',
      {
        'llm.token_count.prompt': 3,
        'llm.token_count.completion': 2,
        'llm.token_count.total': 5,
        'llm.token_count.prompt_details.cache_read': 1,
        'llm.token_count.completion_details.reasoning': 1,
      },
      { input: 3, output: 2, total: 5, cacheRead: 1, reasoning: 1 },
    ],
    [
      'Langfuse',
      { 'langfuse.observation.usage_details': '{"input":3,"output":2}' },
      { input: 3, output: 2 },
    ],
    [
      'the AI SDK before version 7',
      { 'ai.usage.promptTokens': 3, 'ai.usage.completionTokens': 2 },
      { input: 3, output: 2 },
    ],
    [
      'cached tokens that are not in the input',
      {
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.cache_read_input_tokens': 20,
        'gen_ai.usage.cache_write_input_tokens': 7,
      },
      { input: 30, cacheRead: 20, cacheWrite: 7 },
    ],
  ])('has the usage that is told as in %s', async (_source, attributes, usage) => {
    const { step } = await stepOf('chat m', { ...chat, ...attributes });

    expect(step.usage).toEqual(usage);
  });

  it.each<readonly [string, Attributes, unknown, unknown]>([
    [
      'messages of the conventions',
      {
        'gen_ai.system_instructions': '[{"type":"text","content":"be kind"}]',
        'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"what?"}]}]',
        'gen_ai.output.messages':
          '[{"role":"assistant","parts":[{"type":"tool_call","name":"f"}],"finish_reason":"stop"}]',
      },
      [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
      ],
      { role: 'assistant', content: [{ type: 'tool_call', name: 'f' }] },
    ],
    ['plain texts', { 'input.value': '42', 'output.value': 'not {json}' }, '42', 'not {json}'],
    [
      'JSON that is cut off',
      { 'input.value': '{"question":"wh', 'output.value': '["a"]' },
      '{"question":"wh',
      ['a'],
    ],
    [
      'what Langfuse was told before anything else',
      {
        'langfuse.observation.input': '{"q":1}',
        'input.value': 'other',
        'langfuse.observation.output': '"text"',
      },
      { q: 1 },
      'text',
    ],
    [
      'the AI SDK before version 7',
      {
        'ai.prompt.messages': '[{"role":"user"}]',
        'ai.response.text': 'let me see',
        'ai.response.toolCalls': '[{"toolName":"f"}]',
      },
      [{ role: 'user' }],
      { role: 'assistant', content: 'let me see', tool_calls: [{ toolName: 'f' }] },
    ],
  ])('has input and output of %s', async (_source, attributes, input, output) => {
    const { step } = await stepOf('chat m', { ...chat, ...attributes });

    expect(step.input).toEqual(input);
    expect(step.output).toEqual(output);
  });

  it('has the messages that are told as events', async () => {
    const { tracer, finish } = scene();
    const span = tracer.startSpan('chat m', { attributes: chat });
    span.addEvent('gen_ai.system.message', { content: 'be kind' });
    span.addEvent('gen_ai.user.message', { content: 'what?' });
    span.addEvent('gen_ai.client.inference.operation.details', {
      'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"42"}]}]',
    });
    span.end();
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      input: [
        { role: 'system', content: 'be kind' },
        { role: 'user', content: 'what?' },
      ],
      output: { role: 'assistant', content: '42' },
    });
  });
});

describe('the conversation', () => {
  it.each<readonly [string, Attributes, string]>([
    ['gen_ai.conversation.id', { 'session.id': 's', 'gen_ai.conversation.id': 'chat-7' }, 'chat-7'],
    ['langfuse.session.id', { 'session.id': 's', 'langfuse.session.id': 'chat-7' }, 'chat-7'],
    ['session.id', { 'session.id': 'chat-7', 'ai.telemetry.metadata.sessionId': 's' }, 'chat-7'],
    ['genkit:sessionId', { 'genkit:sessionId': 'chat-7' }, 'chat-7'],
    ['ai.settings.context.threadId', { 'ai.settings.context.threadId': 'chat-7' }, 'chat-7'],
    ['ai.telemetry.metadata.sessionId', { 'ai.telemetry.metadata.sessionId': 7 }, '7'],
    [
      'traceloop.association.properties.session_id',
      { 'traceloop.association.properties.session_id': 'chat-7', 'session.id': ' ' },
      'chat-7',
    ],
  ])('comes from %s, also when it comes with the end', async (key, attributes, conversationId) => {
    const run = await runOf(attributes);

    expect(run).toMatchObject({
      trace: { conversationId },
      metadata: { conversation_id_source: `span.${key}` },
    });
  });

  it('of a span at its start goes before that of the context, which loses', async () => {
    const { lifecycle, tracer, finish } = scene();
    const attributes = { ...agent, 'gen_ai.conversation.id': 'chat-7' };

    lifecycle.withConversation('ambient', () =>
      tracer.startSpan('invoke_agent a', { attributes }).end(),
    );
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { conversationId: 'chat-7' },
      metadata: { conversation_id_conflict: ['context'] },
    });
  });

  it('that is there is not replaced by a later one', async () => {
    const { lifecycle, tracer, finish } = scene();

    lifecycle.withConversation('ambient', () => {
      const span = tracer.startSpan('invoke_agent a', { attributes: agent });
      span.setAttribute('gen_ai.conversation.id', 'chat-7');
      span.end();
    });
    const { parents } = await finish();

    expect(parents[0]).toMatchObject({
      trace: { conversationId: 'ambient' },
      metadata: { conversation_id_conflict: ['span.gen_ai.conversation.id'] },
    });
  });

  it.each([Number.NaN, '\u200B', '   '])('is not %j, which is none', async (nothing) => {
    const { tracer, finish } = scene();
    const attributes = { 'gen_ai.conversation.id': nothing, 'session.id': 'chat-7' };
    const span = tracer.startSpan('invoke_agent a', { attributes: agent });

    inside(span, () => tracer.startSpan('chat', { attributes: { ...chat, ...attributes } })).end();
    span.end();
    const { parents } = await finish();

    expect(parents).toMatchObject([
      {
        trace: { conversationId: 'chat-7' },
        metadata: { conversation_id_source: 'span.session.id' },
      },
    ]);
  });

  it('comes from inside when the agent has none, and so does the user', async () => {
    const { root } = await stepOf('chat m', {
      ...chat,
      'session.id': 'chat-7',
      'user.id': 'user-1',
    });

    expect(root?.trace).toMatchObject({ conversationId: 'chat-7', userId: 'user-1' });
  });
});

describe('who and what a run is', () => {
  it.each<readonly [string, Attributes, string]>([
    ['invoke_agent planner', {}, 'planner'],
    ['invoke_agent gpt-5', { 'gen_ai.agent.name': 'planner' }, 'planner'],
    ['agent', { 'agent.name': 'planner', 'openinference.span.kind': 'AGENT' }, 'planner'],
    ['ai.generateText', { 'ai.telemetry.functionId': 'planner' }, 'planner'],
    [
      'planner.workflow',
      { 'traceloop.entity.name': 'planner', 'gen_ai.agent.name': 'other' },
      'planner',
    ],
    ['my own name', {}, 'my own name'],
  ])('%s with %j is called %s', async (name, attributes, expected) => {
    const { tracer, finish } = scene();
    tracer.startSpan(name, { attributes: { ...agent, ...attributes } }).end();
    const { parents } = await finish();

    expect(parents.map((parent) => parent.name)).toEqual([expected]);
  });

  it('has user, tags, version and metadata of the agent', async () => {
    const run = await runOf({
      'langfuse.user.id': 'user-1',
      'langfuse.trace.tags': ['blue'],
      'langfuse.trace.metadata': '{"team":"support","sessionId":"chat-7"}',
      'langfuse.observation.metadata.step': 2,
      'gen_ai.agent.version': '2.1',
      'gen_ai.agent.id': 'agent-1',
      'my.tenant': 'acme',
    });

    expect(run).toMatchObject({
      trace: { userId: 'user-1', tags: ['blue'], version: '2.1' },
      metadata: {
        framework: 'opentelemetry',
        otel_scope: 'test',
        team: 'support',
        step: 2,
        agent_id: 'agent-1',
        attributes: { 'my.tenant': 'acme' },
      },
    });
  });

  it.each<readonly [string, Attributes, object]>([
    ['the AI SDK', { 'ai.telemetry.metadata.userId': 'ada' }, { userId: 'ada' }],
    [
      'the AI SDK with a context',
      { 'ai.settings.context.user_id': 'ada', 'ai.settings.context.langfuseTags': '["blue"]' },
      { userId: 'ada', tags: ['blue'] },
    ],
    [
      'OpenLLMetry',
      {
        'traceloop.association.properties.langfuseUserId': 'ada',
        'traceloop.association.properties.user_id': 'bob',
      },
      { userId: 'ada' },
    ],
  ])(
    'has user and tags from the metadata that a program gave %s, and does not repeat them there',
    async (_instrumentation, attributes, trace) => {
      const run = await runOf(attributes);

      expect(run?.trace).toMatchObject(trace);
      expect(JSON.stringify(run?.metadata)).not.toMatch(/ada|bob|blue/);
    },
  );

  it('of Langfuse’s own SDK is what it was told to be', async () => {
    const { provider, finish } = scene();
    const tracer = provider.getTracer('langfuse-sdk');
    const root = tracer.startSpan('answer');
    root.setAttributes({
      'langfuse.observation.type': 'span',
      'langfuse.observation.input': '"q"',
    });
    const guard = inside(root, () => tracer.startSpan('moderation'));
    guard.setAttributes({
      'langfuse.observation.type': 'guardrail',
      'langfuse.observation.level': 'WARNING',
      'langfuse.observation.status_message': 'close to the line',
    });
    guard.end();
    root.end();
    const { parents, named } = await finish();

    expect(parents).toMatchObject([{ name: 'answer', kind: 'span', input: 'q' }]);
    expect(named('moderation')).toMatchObject({
      kind: 'guardrail',
      level: 'WARNING',
      statusMessage: 'close to the line',
    });
  });

  it('never holds headers or keys', async () => {
    const secrets = {
      'http.request.header.authorization': ['Bearer of-the-user'],
      'ai.request.headers.x-api-key': 'of-the-user',
      'ai.settings.context.apiKey': 'of-the-user',
      'my.session_token': 'of-the-user',
      'db.connection_string': 'of-the-user',
      'llm.invocation_parameters': '{"extra_headers":{"x":"of-the-user"},"seed":1}',
    };

    const run = await runOf(secrets);
    const { step } = await stepOf('chat m', { ...chat, ...secrets });

    expect(JSON.stringify([run, step])).not.toContain('of-the-user');
    expect(step.modelParameters).toEqual({ seed: 1 });
  });
});

describe('spans that end after the provider was shut down', () => {
  it('change nothing', async () => {
    const { lifecycle, sink, tracer, provider } = scene();
    const span = tracer.startSpan('invoke_agent lost', { attributes: agent });

    await provider.shutdown();
    span.setStatus({ code: SpanStatusCode.OK }).end();
    await lifecycle.shutdown();

    expect(sink.parents).toMatchObject([{ metadata: { reason: 'never_ended' } }]);
  });
});
