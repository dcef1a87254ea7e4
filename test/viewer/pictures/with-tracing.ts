import { LangfuseSpanProcessor } from '@langfuse/otel';
import {
  propagateAttributes,
  setLangfuseTracerProvider,
  startActiveObservation,
} from '@langfuse/tracing';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

import { chat, findOrder, llm, messages, question, trackParcel } from './agent.ts';

// What `new NodeSDK({ spanProcessors: [new LangfuseSpanProcessor()] }).start()` does, as Langfuse tells to set it up.
const provider = new BasicTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
setLangfuseTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

// With the handler that one is told to add: what has ended is not lost.
process.on('SIGTERM', () => void provider.shutdown().finally(() => process.exit(0)));

await propagateAttributes({ sessionId: chat.id }, () =>
  startActiveObservation(
    'support-agent',
    async (agent) => {
      agent.update({ input: question });
      const plan = await startActiveObservation(
        'plan',
        async (generation) => {
          const { text, usage } = await llm(messages);
          generation.update({
            model: 'gpt-5',
            input: messages,
            output: text,
            usageDetails: usage,
          });
          return text;
        },
        { asType: 'generation' },
      );
      const order = await startActiveObservation(
        'find-order',
        async (tool) => {
          const found = await findOrder(plan);
          tool.update({ input: plan, output: found });
          return found;
        },
        { asType: 'tool' },
      );
      const output = await startActiveObservation(
        'track-parcel',
        async (tool) => {
          tool.update({ input: order });
          return trackParcel(order);
        },
        { asType: 'tool' },
      );
      agent.update({ output });
    },
    { asType: 'agent' },
  ),
);
