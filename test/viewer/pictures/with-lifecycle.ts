import { createLifecycle } from '../../../adapters/index.ts';
import { chat, findOrder, llm, messages, question, trackParcel } from './agent.ts';

const lifecycle = createLifecycle();

const options = { name: 'support-agent', input: question, conversationId: chat.id };
await lifecycle.run(options, async (run) => {
  const plan = await run.step(
    { kind: 'generation', name: 'plan', model: 'gpt-5', input: messages },
    async (step) => {
      const { text, usage } = await llm(messages);
      step.update({ usage });
      return text;
    },
  );
  const order = await run.step({ kind: 'tool', name: 'find-order', input: plan }, () =>
    findOrder(plan),
  );
  return run.step({ kind: 'tool', name: 'track-parcel', input: order }, () => trackParcel(order));
});
await lifecycle.shutdown();
