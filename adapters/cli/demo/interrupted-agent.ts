import { createLifecycle, type ReActTool } from '../../../src/index.ts';
import { langfuse } from '../../langfuse/index.ts';
import { createAgent } from './agent.ts';
import { readDocumentation } from './documents.ts';
import {
  type InterruptionName,
  interruptionOrderSchema,
  type ReadyMessage,
} from './interruptions.ts';
import { createKnowledge } from './knowledge.ts';
import { followScript } from './scripts.ts';
import { createDocumentTools } from './tools.ts';

// Started by `runInterrupted`: runs an agent, says on standard output when its tool waits, and ends when standard input
// does, so that it never outlives the demo.
const order = interruptionOrderSchema.parse(JSON.parse(process.argv[2] ?? 'null'));

const lifecycle = createLifecycle({
  // The demo has read `.env` already.
  sink: langfuse({ dotenv: false }),
  limits: { flushIntervalMs: 50 },
  // A busy machine needs a while to start the process that delivers after an exit.
  interruption: { timeoutMs: 5_000 },
});

const endings: Readonly<Record<InterruptionName, () => void>> = {
  // The signal comes from outside; this is the end of the demo itself.
  SIGTERM: () => process.exit(1),
  'process.exit': () => process.exit(3),
  crash: () => {
    throw new Error('The printer is on fire.');
  },
};
process.stdin.resume().once('end', endings[order.interruption]);

const { folder } = order.documentation;
const knowledge = createKnowledge(readDocumentation(order.documentation));
const tools = createDocumentTools(knowledge, { folder, notes: [] });

const wait: ReActTool = {
  ...tools.wait_for_change,
  async run(input, context) {
    const traceId = lifecycle.currentRun()?.traceId ?? '';
    const { pending } = await lifecycle.flush();
    const ready: ReadyMessage = { traceId, isDelivered: pending === 0 };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    return tools.wait_for_change.run(input, context);
  },
};

await createAgent({
  name: 'follower',
  script: followScript,
  thinkingMs: order.thinkingMs,
  tools: { ...tools, wait_for_change: wait },
  lifecycle,
}).call(`Tell me when the section that says most about "${order.topic}" changes.`, {
  conversationId: order.conversationId,
});
