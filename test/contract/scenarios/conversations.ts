import { createHash } from 'node:crypto';
import type { Run } from '../../../adapters/index.ts';
import { completed, type ExpectedChild, type Scenario } from '../scenario.ts';

const question = { question: 'Where is my parcel?' } as const;
const nameless = { name: 'support-agent', input: question } as const;
const longId = 'chat/'.repeat(50);

const inside = (run: Run): string => run.step({ name: 'look-up', kind: 'tool' }, () => 'done');
const children: readonly ExpectedChild[] = [
  { name: 'look-up', below: 'support-agent', kind: 'tool' },
];

/** Where the conversation id comes from. */
export const conversations: readonly Scenario[] = [
  {
    name: 'conversation-call',
    run(lifecycle) {
      lifecycle.withConversation('ambient', () => {
        lifecycle.run({ ...nameless, conversationId: 'of-the-call' }, inside);
      });
    },
    expected: completed({
      output: 'done',
      conversationId: 'of-the-call',
      conversationSource: 'call.conversationId',
      metadata: { conversation_id_conflict: ['context'] },
      children,
    }),
  },
  {
    name: 'conversation-first-argument',
    run(lifecycle) {
      const wrapped = lifecycle.wrap({ name: 'support-agent' }, (_request: object) =>
        lifecycle.currentRun()?.step({ name: 'look-up', kind: 'tool' }, () => 'done'),
      );
      wrapped({ ...question, conversation_id: 'of-the-argument' });
    },
    expected: completed({
      input: { ...question, conversation_id: 'of-the-argument' },
      output: 'done',
      conversationId: 'of-the-argument',
      conversationSource: 'args[0].conversation_id',
      children,
    }),
  },
  {
    name: 'conversation-input-context',
    run(lifecycle) {
      lifecycle.run({ ...nameless, inputContext: { conversationId: 7 } }, inside);
    },
    expected: completed({
      output: 'done',
      conversationId: '7',
      conversationSource: 'inputContext.conversationId',
      children,
    }),
  },
  {
    name: 'conversation-ambient',
    run(lifecycle) {
      lifecycle.withConversation('ambient', () => {
        lifecycle.run(nameless, inside);
      });
    },
    expected: completed({
      output: 'done',
      conversationId: 'ambient',
      conversationSource: 'context',
      children,
    }),
  },
  {
    name: 'conversation-missing',
    run(lifecycle) {
      lifecycle.run({ ...nameless, conversationId: '   ' }, inside);
    },
    expected: completed({
      output: 'done',
      conversationId: null,
      conversationSource: 'missing',
      children,
    }),
  },
  {
    name: 'conversation-late',
    async run(lifecycle, { pass }) {
      await lifecycle.run(nameless, async (run) => {
        run.step({ name: 'look-up', kind: 'tool' }, () => 'done');
        await pass(10);
        run.update({ conversationId: 'told-late' });
        run.update({ conversationId: 'told-again' });
        return 'done';
      });
    },
    expected: completed({
      output: 'done',
      conversationId: 'told-late',
      conversationSource: 'update.conversationId',
      children,
    }),
  },
  {
    name: 'conversation-hashed',
    run(lifecycle) {
      lifecycle.run({ ...nameless, conversationId: longId }, inside);
    },
    expected: completed({
      output: 'done',
      conversationId: `sha256:${createHash('sha256').update(longId).digest('hex')}`,
      conversationSource: 'call.conversationId',
      metadata: { conversation_id_hashed: true },
      children,
    }),
  },
];
