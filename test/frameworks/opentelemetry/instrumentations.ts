import {
  type Attributes,
  context,
  type Span,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';

/**
 * How instrumentations make their spans, written after their sources: which attributes come with the start, which in
 * the next statement, which at the end, and what happens to a span whose code throws. Each runs an agent that asks a
 * model once; `outcome` is what the model gives, and an error is what its call throws.
 */
export type Instrumentation = (tracer: Tracer, outcome: string | Error) => Promise<string>;

const modelAnswer = (outcome: string | Error): string => {
  if (outcome instanceof Error) throw outcome;
  return outcome;
};

function fail(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  if (error instanceof Error) span.recordException(error);
}

/** Runs `fn` in a span that has no attributes at its start; the code itself ends it. */
function inSpan<T>(tracer: Tracer, name: string, fn: (span: Span) => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, {}, context.active(), fn);
}

/** ADK for JavaScript: attributes after the start, status UNSET on every ending, a failed model is an answer. */
export const adk: Instrumentation = (tracer, outcome) =>
  inSpan(tracer, 'invocation', async (invocation) => {
    await inSpan(tracer, 'invoke_agent weather', async (agent) => {
      agent.setAttributes({
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'weather',
        'gen_ai.agent.description': 'knows the weather',
        'gen_ai.conversation.id': 'session-7',
      });
      await inSpan(tracer, 'call_llm', async (call) => {
        const response =
          outcome instanceof Error
            ? { errorCode: 'UNKNOWN_ERROR', errorMessage: outcome.message }
            : {
                content: { role: 'model', parts: [{ text: outcome }] },
                finishReason: 'STOP',
                usageMetadata: {
                  promptTokenCount: 10,
                  candidatesTokenCount: 5,
                  thoughtsTokenCount: 2,
                  totalTokenCount: 17,
                },
              };
        call.setAttributes({
          'gen_ai.system': 'gcp.vertex.agent',
          'gen_ai.request.model': 'gemini-3-flash',
          'gcp.vertex.agent.session_id': 'session-7',
          'gcp.vertex.agent.llm_request': JSON.stringify({
            model: 'gemini-3-flash',
            contents: [{ role: 'user', parts: [{ text: 'what?' }] }],
          }),
          'gcp.vertex.agent.llm_response': JSON.stringify(response),
        });
        call.end();
      });
      agent.end();
    });
    invocation.end();
    return outcome instanceof Error ? `event ${outcome.message}` : outcome;
  });

/** Strands for TypeScript: attributes with the start, messages as events, status OK or ERROR. */
export const strands: Instrumentation = async (tracer, outcome) => {
  const common = { 'gen_ai.system': 'strands-agents' };
  const start = (name: string, attributes: Attributes): Span => {
    const span = tracer.startSpan(name, { attributes }, context.active());
    span.addEvent('gen_ai.user.message', { content: '[{"text":"what?"}]' });
    return span;
  };
  const agent = start('invoke_agent weather', {
    ...common,
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'weather',
    'gen_ai.request.model': 'claude',
    name: 'invoke_agent weather',
    'session.id': 'session-7',
  });
  const { trace } = await import('@opentelemetry/api');
  return context.with(trace.setSpan(context.active(), agent), async () => {
    const chat = start('chat', {
      ...common,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude',
    });
    try {
      const text = modelAnswer(outcome);
      chat.addEvent('gen_ai.choice', {
        finish_reason: 'endTurn',
        message: JSON.stringify([{ text }]),
      });
      chat.setAttributes({ 'gen_ai.usage.prompt_tokens': 10, 'gen_ai.usage.completion_tokens': 5 });
      chat.setStatus({ code: SpanStatusCode.OK });
      agent.addEvent('gen_ai.choice', { message: text, finish_reason: 'endTurn' });
      agent.setAttributes({ 'gen_ai.usage.input_tokens': 10, 'gen_ai.usage.output_tokens': 5 });
      agent.setStatus({ code: SpanStatusCode.OK });
      return text;
    } catch (error) {
      fail(chat, error);
      fail(agent, error);
      throw error;
    } finally {
      chat.end();
      agent.end();
    }
  });
};

/** Genkit: labels after the start, everything else at the end; its roots leave the trace around them. */
export const genkit: Instrumentation = (tracer, outcome) => {
  const action = (
    name: string,
    subtype: string,
    isRoot: boolean,
    fn: () => Promise<{ readonly output: unknown; readonly text: string }>,
  ): Promise<string> =>
    tracer.startActiveSpan(name, { root: isRoot }, async (span) => {
      span.setAttributes({ 'genkit:type': 'action', 'genkit:metadata:subtype': subtype });
      const end: Attributes = { 'genkit:name': name, 'genkit:input': '{"question":"what?"}' };
      try {
        const { output, text } = await fn();
        Object.assign(end, { 'genkit:state': 'success', 'genkit:output': JSON.stringify(output) });
        return text;
      } catch (error) {
        Object.assign(end, { 'genkit:state': 'error' });
        fail(span, error);
        throw error;
      } finally {
        span.setAttributes(end);
        span.end();
      }
    });
  return action('menuFlow', 'flow', true, async () => {
    const text = await action('googleai/gemini', 'model', false, async () => {
      const answer = modelAnswer(outcome);
      const usage = { inputTokens: 10, outputTokens: 5 };
      return { output: { message: { content: [{ text: answer }] }, usage }, text: answer };
    });
    return { output: { menu: text }, text };
  });
};

/** OpenInference's instrumentation of LangChain.js: the kind with the start, input and output at the end. */
export const openInference: Instrumentation = (tracer, outcome) => {
  const traced = (
    name: string,
    kind: string,
    end: (text: string | undefined) => Attributes,
    fn: () => Promise<string>,
  ): Promise<string> =>
    tracer.startActiveSpan(
      name,
      { attributes: { 'openinference.span.kind': kind } },
      async (span) => {
        try {
          const text = await fn();
          span.setStatus({ code: SpanStatusCode.OK });
          span.setAttributes(end(text));
          return text;
        } catch (error) {
          // LangChain keeps an error as its text and stack.
          const message = `${String(error)}\n\nError: at the model\n    at model.ts:1:1`;
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          span.setAttributes(end(undefined));
          throw error;
        } finally {
          span.end();
        }
      },
    );
  const chainEnd = (text: string | undefined): Attributes => ({
    'input.value': '{"question":"what?"}',
    'input.mime_type': 'application/json',
    'session.id': 'session-7',
    'user.id': 'user-1',
    'tag.tags': ['blue', 'green'],
    metadata: '{"team":"support"}',
    ...(text !== undefined && { 'output.value': JSON.stringify({ text }) }),
  });
  const modelEnd = (text: string | undefined): Attributes => ({
    'llm.model_name': 'gpt-5',
    'llm.invocation_parameters': '{"temperature":0.5,"headers":{"x-api":"of-the-user"}}',
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.0.message.content': 'what?',
    ...(text !== undefined && {
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.content': text,
      'llm.token_count.prompt': 10,
      'llm.token_count.completion': 5,
      'llm.token_count.total': 15,
    }),
  });
  return traced('LangGraph', 'CHAIN', chainEnd, () =>
    traced('ChatOpenAI', 'LLM', modelEnd, async () => modelAnswer(outcome)),
  );
};

/** OpenLLMetry: names and input in the statements after the start; a workflow that rejects is never ended. */
export const openLlmetry: Instrumentation = (tracer, outcome) =>
  inSpan(tracer, 'joke.workflow', async (workflow) => {
    workflow.setAttributes({
      'traceloop.workflow.name': 'joke',
      'traceloop.entity.name': 'joke',
      'traceloop.span.kind': 'workflow',
      'traceloop.entity.input': '{"args":["what?"],"kwargs":{}}',
      'traceloop.association.properties.chat_id': 'session-7',
      'traceloop.association.properties.team': 'support',
    });
    const text = await inSpan(tracer, 'openai.chat', async (chat) => {
      chat.setAttributes({
        'gen_ai.system': 'OpenAI',
        'llm.request.type': 'chat',
        'gen_ai.request.model': 'gpt-5',
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'what?',
      });
      try {
        const answer = modelAnswer(outcome);
        chat.setAttributes({
          'gen_ai.completion.0.role': 'assistant',
          'gen_ai.completion.0.content': answer,
          'gen_ai.completion.0.finish_reason': 'stop',
          'gen_ai.usage.prompt_tokens': 10,
          'gen_ai.usage.completion_tokens': 5,
          'llm.usage.total_tokens': 15,
        });
        return answer;
      } catch (error) {
        fail(chat, error);
        throw error;
      } finally {
        chat.end();
      }
    });
    workflow.setAttribute('traceloop.entity.output', JSON.stringify(text));
    workflow.end();
    return text;
  });
