import { type Span, trace, context } from '@opentelemetry/api';
import { expect } from 'vitest';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import { type EndingRow, type ExpectedTrace, settled } from '../endings.ts';
import {
  adk,
  genkit,
  type Instrumentation,
  openInference,
  openLlmetry,
  strands,
} from './instrumentations.ts';
import { steps } from './steps.ts';
import { tracer } from './telemetry.ts';

interface Imitated {
  readonly name: string;
  readonly instrumentation: Instrumentation;
  readonly scope: string;
  readonly conversation?: Pick<ExpectedTrace, 'conversationId' | 'conversationSource'>;
  /** How a failed model ends it. */
  readonly failure: Pick<ExpectedTrace, 'status' | 'reason'>;
  readonly failedCall?: string;
  /** What the root and its steps are when all went well. */
  readonly root: object;
  readonly steps: readonly string[];
  readonly generation: object;
  /** What else the root says when the model failed. */
  readonly failedRoot?: object;
}

const conversation = (source: string) => ({
  conversationId: 'session-7',
  conversationSource: `span.${source}`,
});

const modelError = { status: 'error', reason: 'model_error' } as const;
const user = { role: 'user', content: 'what?' };
const assistant = { role: 'assistant', content: 'forty-two' };

const imitated: readonly Imitated[] = [
  {
    name: 'ADK',
    instrumentation: adk,
    scope: 'gcp.vertex.agent',
    conversation: conversation('gen_ai.conversation.id'),
    failure: modelError,
    failedCall: 'resolves with an event that has an `errorCode`',
    root: { name: 'weather', type: 'AGENT' },
    steps: ['AGENT weather', '  GENERATION call_llm'],
    generation: {
      model: 'gemini-3-flash',
      input: [{ role: 'user', parts: [{ text: 'what?' }] }],
      output: { role: 'model', parts: [{ text: 'forty-two' }] },
      usageDetails: { input: 10, output: 5, output_reasoning_tokens: 2, total: 17 },
    },
  },
  {
    name: 'Strands',
    instrumentation: strands,
    scope: 'strands-agents',
    conversation: conversation('session.id'),
    failure: modelError,
    root: {
      name: 'weather',
      input: [{ role: 'user', content: [{ text: 'what?' }] }],
      output: assistant,
    },
    steps: ['GENERATION chat'],
    generation: {
      model: 'claude',
      output: { role: 'assistant', content: [{ text: 'forty-two' }] },
      usageDetails: { input: 10, output: 5 },
      metadata: { finish_reason: 'endTurn' },
    },
    failedRoot: { statusMessage: 'the model is down' },
  },
  {
    name: 'Genkit',
    instrumentation: genkit,
    scope: 'genkit-tracer',
    failure: modelError,
    root: {
      name: 'menuFlow',
      type: 'CHAIN',
      input: { question: 'what?' },
      output: { menu: 'forty-two' },
    },
    steps: ['GENERATION googleai/gemini'],
    generation: { model: 'googleai/gemini', usageDetails: { input: 10, output: 5 } },
    failedRoot: { statusMessage: 'the model is down' },
  },
  {
    name: 'OpenInference',
    instrumentation: openInference,
    scope: '@arizeai/openinference-instrumentation-langchain',
    conversation: conversation('session.id'),
    failure: modelError,
    root: {
      name: 'LangGraph',
      type: 'CHAIN',
      input: { question: 'what?' },
      output: { text: 'forty-two' },
      userId: 'user-1',
      tags: ['blue', 'green'],
      metadata: { team: 'support' },
    },
    steps: ['GENERATION ChatOpenAI'],
    generation: {
      model: 'gpt-5',
      modelParameters: { temperature: 0.5 },
      input: [user],
      output: assistant,
      usageDetails: { input: 10, output: 5, total: 15 },
    },
    failedRoot: {
      statusMessage: 'the model is down',
      output: { error: { type: 'Error', message: 'the model is down', reason: 'model_error' } },
    },
  },
  {
    name: 'OpenLLMetry',
    instrumentation: openLlmetry,
    scope: '@traceloop/node-server-sdk',
    conversation: conversation('traceloop.association.properties.chat_id'),
    failure: { status: 'error', reason: 'never_ended' },
    failedCall: 'rejects; its span never ends',
    root: {
      name: 'joke',
      type: 'CHAIN',
      input: { args: ['what?'], kwargs: {} },
      output: 'forty-two',
      metadata: { team: 'support' },
    },
    steps: ['GENERATION openai.chat'],
    generation: {
      model: 'gpt-5',
      input: [user],
      output: { ...assistant, finish_reason: 'stop' },
      usageDetails: { input: 10, output: 5, total: 15 },
    },
  },
];

function toRows(row: Imitated): readonly EndingRow[] {
  const { name, instrumentation, scope, failure, conversation: named = {} } = row;
  const generation = (trace: FakeTrace | undefined) =>
    trace?.observations.find(({ type }) => type === 'GENERATION');
  return [
    {
      ending: `${name}: an answer`,
      call: 'resolves',
      expected: [{ status: 'completed', reason: 'stop', ...named }],
      run: (lifecycle) => settled(instrumentation(tracer(lifecycle, scope), 'forty-two')),
      check([trace]) {
        expect(trace?.root).toMatchObject(row.root);
        expect(steps(trace)).toEqual(row.steps);
        expect(generation(trace)).toMatchObject(row.generation);
        expect(JSON.stringify(trace)).not.toContain('of-the-user');
      },
    },
    {
      ending: `${name}: the model fails`,
      call: row.failedCall ?? 'rejects',
      expected: [{ ...failure, ...named }],
      run: (lifecycle) =>
        settled(instrumentation(tracer(lifecycle, scope), new Error('the model is down'))),
      check([trace]) {
        expect(trace?.root).toMatchObject({ level: 'ERROR', ...row.failedRoot });
        expect(generation(trace)).toMatchObject({
          level: 'ERROR',
          statusMessage: 'the model is down',
        });
      },
    },
  ];
}

const agent = { 'gen_ai.operation.name': 'invoke_agent' };
const chat = { 'gen_ai.operation.name': 'chat' };

function at(second: number): Date {
  return new Date(Date.UTC(2026, 10, 25, 12, 0, second));
}

function inside<T>(span: Span, fn: () => T): T {
  return context.with(trace.setSpan(context.active(), span), fn);
}

/** What may become of any span, whoever makes it. */
const shapes: readonly EndingRow[] = [
  {
    ending: 'a span without children',
    call: 'returns',
    expected: [{ status: 'completed', reason: 'stop' }],
    async run(lifecycle) {
      tracer(lifecycle).startSpan('invoke_agent alone', { attributes: agent }).end();
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'alone', type: 'AGENT' });
      expect(steps(trace)).toEqual([]);
    },
  },
  {
    ending: 'a span that is never ended',
    call: 'returns',
    expected: [{ status: 'error', reason: 'never_ended' }],
    async run(lifecycle) {
      const spans = tracer(lifecycle);
      inside(spans.startSpan('invoke_agent lost'), () => spans.startSpan('execute_tool search'));
    },
    check([trace]) {
      expect(trace?.observations.find(({ type }) => type === 'TOOL')).toMatchObject({
        level: 'WARNING',
        endTime: expect.any(String),
      });
    },
  },
  {
    ending: 'an agent that a tool of another calls',
    call: 'returns',
    expected: [{ status: 'completed', reason: 'stop' }],
    async run(lifecycle) {
      const spans = tracer(lifecycle);
      const outer = spans.startSpan('invoke_agent outer');
      const tool = inside(outer, () => spans.startSpan('execute_tool delegate'));
      const inner = inside(tool, () => spans.startSpan('invoke_agent inner'));
      const call = inside(inner, () => spans.startSpan('chat m', { attributes: chat }));
      for (const span of [call, inner, tool, outer]) span.end();
    },
    check([trace]) {
      expect(steps(trace)).toEqual(['TOOL delegate', '  AGENT inner', '    GENERATION chat m']);
    },
  },
  {
    ending: 'children that end after the agent',
    call: 'returns',
    expected: [{ status: 'completed', reason: 'stop' }],
    async run(lifecycle) {
      const spans = tracer(lifecycle);
      const root = spans.startSpan('invoke_agent quick', { startTime: at(0) });
      const tool = inside(root, () => spans.startSpan('execute_tool slow', { startTime: at(1) }));
      root.end(at(2));
      tool.end(at(9));
    },
    check([trace]) {
      expect(trace?.root?.endTime).toBe(at(2).toISOString());
      expect(trace?.observations.find(({ type }) => type === 'TOOL')).toMatchObject({
        startTime: at(1).toISOString(),
        endTime: at(2).toISOString(),
      });
    },
  },
  {
    ending: 'children that start after the agent',
    call: 'returns',
    expected: [
      { status: 'completed', reason: 'stop' },
      { status: 'completed', reason: 'stop' },
    ],
    async run(lifecycle) {
      const spans = tracer(lifecycle);
      const root = spans.startSpan('invoke_agent quick', { startTime: at(0) });
      root.end(at(2));
      inside(root, () => spans.startSpan('chat m', { attributes: chat, startTime: at(3) })).end();
      inside(root, () => spans.startSpan('GET /rows', { startTime: at(4) })).end();
    },
    check(traces) {
      expect(traces.map(({ root }) => root?.name)).toEqual(['quick', 'chat m']);
    },
  },
  {
    ending: 'a call of a model with no agent around',
    call: 'returns',
    expected: [{ status: 'completed', reason: 'stop' }],
    async run(lifecycle) {
      tracer(lifecycle)
        .startSpan('chat m', {
          attributes: {
            'gen_ai.operation.name': 'chat',
            'gen_ai.request.model': 'm',
            'gen_ai.usage.input_tokens': 3,
          },
        })
        .end();
    },
    check([trace]) {
      expect(trace?.root).toMatchObject({ name: 'chat m', type: 'SPAN', usageDetails: {} });
      expect(trace?.observations.find(({ type }) => type === 'GENERATION')).toMatchObject({
        model: 'm',
        usageDetails: { input: 3 },
      });
    },
  },
  {
    ending: 'two agents one after the other in one request',
    call: 'returns',
    expected: [
      { status: 'completed', reason: 'stop' },
      { status: 'completed', reason: 'stop' },
    ],
    async run(lifecycle) {
      const spans = tracer(lifecycle);
      const request = spans.startSpan('POST /chat', { attributes: { 'http.route': '/chat' } });
      inside(request, () => spans.startSpan('invoke_agent first', { startTime: at(1) })).end(at(2));
      inside(request, () => spans.startSpan('invoke_agent second', { startTime: at(3) })).end(
        at(4),
      );
      request.end();
    },
    check(traces) {
      expect(traces.map(({ root }) => root?.name)).toEqual(['first', 'second']);
    },
  },
];

/** Spans made by hand: the order and the attributes of five instrumentations, and shapes that any of them may leave. */
export const imitatedRows: readonly EndingRow[] = [...imitated.flatMap(toRows), ...shapes];
