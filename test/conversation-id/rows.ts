import type {
  Conversation,
  ConversationPolicy,
  ConversationSources,
} from '../../src/conversation-id.ts';

/** One branch of the policy: what is given, and what must come of it. The documentation prints the same rows. */
export interface PolicyRow {
  readonly rule: string;
  readonly sources: ConversationSources;
  readonly policy?: ConversationPolicy | undefined;
  readonly expected: Conversation;
  /** How the documentation prints `sources`, where printing the value itself would show nothing. */
  readonly given?: string;
}

/** One place of the policy's order, and how a value gets there. */
export interface Level {
  readonly source: string;
  readonly put: (value: unknown) => ConversationSources;
  /** What must be added to the policy for the place to count. */
  readonly policy?: ConversationPolicy;
}

class Thread {
  readonly conversationId = 'chat-7';
}

const inherited: unknown = Object.create({ conversationId: 'chat-7' });
const withoutPrototype: unknown = Object.assign(Object.create(null), { conversationId: 'chat-7' });
const withGetter: unknown = {
  get conversationId(): string {
    throw new Error('not now');
  },
};

/** A value that is not present, wherever it stands. */
export const absentForms: readonly { readonly label: string; readonly value: unknown }[] = [
  { label: 'undefined', value: undefined },
  { label: 'null', value: null },
  { label: "''", value: '' },
  { label: "' ' (a space)", value: ' ' },
  { label: "'\\t\\r\\n' (tab and line ends)", value: '\t\r\n' },
  { label: "'\\u00a0' (no-break space)", value: '\u00a0' },
  { label: "'\\u3000' (ideographic space)", value: '\u3000' },
  { label: "'\\u200b' (zero-width space)", value: '\u200b' },
  { label: "'\\ufeff' (byte order mark)", value: '\ufeff' },
  { label: "' \\u200d\\u2060 ' (other text that nobody sees)", value: ' \u200d\u2060 ' },
  { label: "'\\u0000' (a control character)", value: '\u0000' },
  { label: 'NaN', value: Number.NaN },
  { label: 'Infinity', value: Number.POSITIVE_INFINITY },
  { label: '-Infinity', value: Number.NEGATIVE_INFINITY },
  { label: 'true', value: true },
  { label: 'false', value: false },
  { label: "{ id: 'a' }", value: { id: 'a' } },
  { label: "['a']", value: ['a'] },
  { label: "Symbol('a')", value: Symbol('a') },
  { label: "new String('a')", value: Object('a') },
  { label: 'new Number(1)', value: Object(1) },
  { label: "() => 'a'", value: () => 'a' },
  { label: "a value with toString() that gives 'a'", value: { toString: () => 'a' } },
];

/** Every place that can name a conversation, in the policy's order. */
export const levels: readonly Level[] = [
  { source: 'call.conversationId', put: (value) => ({ call: value }) },
  argument('args[0].conversationId', 'conversationId'),
  argument('args[0].conversation_id', 'conversation_id'),
  { ...argument('args[0].chat', 'chat'), policy: { argumentKeys: ['chat'] } },
  inputContext('inputContext.conversationId', 'conversationId'),
  inputContext('inputContext.conversation_id', 'conversation_id'),
  { ...inputContext('inputContext.chat', 'chat'), policy: { argumentKeys: ['chat'] } },
  {
    source: 'langgraph.thread_id',
    put: (value) => ({ framework: [{ source: 'langgraph.thread_id', value }] }),
  },
  {
    source: 'openai_agents.context.sessionId',
    put: (value) => ({
      frameworkContext: { source: 'openai_agents.context', value: { sessionId: value } },
    }),
  },
  ...[
    'langfuseSessionId',
    'conversation_id',
    'conversationId',
    'session_id',
    'sessionId',
    'thread_id',
    'threadId',
    'chatId',
  ].map(metadata),
  { ...metadata('ticket'), policy: { metadataKeys: ['ticket'] } },
  { source: 'context', put: (value) => ({ ambient: { conversation: value } }) },
  { source: 'outer_run', put: (value) => ({ ambient: { outerRun: value } }) },
  { source: 'resumed_run', put: (value) => ({ ambient: { resumedRun: value } }) },
  openTelemetry('gen_ai.conversation.id'),
  openTelemetry('session.id'),
];

/** All the additions that `levels` needs. */
export const policyOfLevels: ConversationPolicy = {
  argumentKeys: ['chat'],
  metadataKeys: ['ticket'],
  openTelemetry: true,
};

export const rows: readonly PolicyRow[] = [
  ...levels.map((level) => ({
    rule: 'Each place can name the conversation',
    sources: level.put('chat-7'),
    policy: level.policy,
    expected: { id: 'chat-7', source: level.source },
  })),
  row('Nothing is invented', {}, { source: 'missing' }),
  row(
    'Keys that are not on the list do not count',
    { firstArgument: { id: 'a', chat: 'b' }, metadata: { runId: 'c', traceId: 'd', ticket: 'e' } },
    { source: 'missing' },
  ),
  row(
    'OpenTelemetry counts only when it is switched on',
    { openTelemetry: { 'session.id': 'chat-7' } },
    { source: 'missing' },
  ),
  row(
    'The higher place wins, and the loser is named',
    { call: 'chat-7', framework: [{ source: 'langgraph.thread_id', value: 'chat-8' }] },
    { id: 'chat-7', source: 'call.conversationId', conflict: ['langgraph.thread_id'] },
  ),
  row(
    'Of two spellings, camel case goes first',
    { firstArgument: { conversation_id: 'chat-8', conversationId: 'chat-7' } },
    { id: 'chat-7', source: 'args[0].conversationId', conflict: ['args[0].conversation_id'] },
  ),
  row(
    'Places that agree are no conflict',
    {
      call: ' chat-7 ',
      metadata: { session_id: 'chat-7', thread_id: 'chat-8' },
      ambient: { conversation: 'chat-7' },
    },
    { id: 'chat-7', source: 'call.conversationId', conflict: ['metadata.thread_id'] },
  ),
  row(
    'A number and its text agree',
    { call: 42, metadata: { session_id: '42' } },
    { id: '42', source: 'call.conversationId' },
  ),
  row('A text is trimmed', { call: '\u00a0 chat-7\n' }, chat7('call.conversationId')),
  row('Zero is a number', { call: 0 }, { id: '0', source: 'call.conversationId' }),
  row(
    'A bigint keeps all its digits',
    { call: 9_007_199_254_740_993n },
    { id: '9007199254740993', source: 'call.conversationId' },
  ),
  row(
    'The framework’s own fields count in its order',
    {
      framework: [
        { source: 'openai_agents.conversationId', value: '' },
        { source: 'openai_agents.groupId', value: 'chat-7' },
      ],
    },
    chat7('openai_agents.groupId'),
  ),
  {
    rule: 'A context of the framework is searched by the keys of the metadata, yours included',
    sources: {
      frameworkContext: {
        source: 'openai_agents.context',
        value: { user: 'x', ticket: 'chat-7', chatId: 'chat-8' },
      },
    },
    policy: { metadataKeys: ['ticket'] },
    expected: {
      id: 'chat-8',
      source: 'openai_agents.context.chatId',
      conflict: ['openai_agents.context.ticket'],
    },
  },
  row(
    '200 characters are kept',
    { call: 'x'.repeat(200) },
    { id: 'x'.repeat(200), source: 'call.conversationId' },
  ),
  row(
    'A longer text is hashed, never cut',
    { call: 'x'.repeat(201) },
    {
      id: 'sha256:84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed',
      source: 'call.conversationId',
      hashed: true,
    },
  ),
  row(
    'So is a text that is not US-ASCII',
    { call: 'crème' },
    {
      id: 'sha256:b45a901f23eefec89104700f757d04d55078a4e7d9917f59f18b2d19114a3d9d',
      source: 'call.conversationId',
      hashed: true,
    },
  ),
  row(
    'and one with a control character',
    { call: 'chat\n7' },
    {
      id: 'sha256:fda997b153ae4d33d27e087ad030199e1d89996eaf9238408a4f16bf1a74aa89',
      source: 'call.conversationId',
      hashed: true,
    },
  ),
  row(
    'Texts with the same hash agree',
    { call: 'crème', ambient: { conversation: ' crème ' } },
    {
      id: 'sha256:b45a901f23eefec89104700f757d04d55078a4e7d9917f59f18b2d19114a3d9d',
      source: 'call.conversationId',
      hashed: true,
    },
  ),
  row(
    'An object without prototype is plain',
    { firstArgument: withoutPrototype },
    chat7('args[0].conversationId'),
  ),
  ...[
    { given: 'firstArgument: an instance of a class', firstArgument: new Thread() },
    { given: 'firstArgument: an inherited conversationId', firstArgument: inherited },
    { given: 'firstArgument: a getter that throws', firstArgument: withGetter },
    { given: 'firstArgument: a revoked proxy', firstArgument: revokedProxy() },
    { given: "firstArgument: [{ conversationId: 'a' }]", firstArgument: [{ conversationId: 'a' }] },
    {
      given: "firstArgument: new Map([['conversationId', 'a']])",
      firstArgument: new Map([['conversationId', 'a']]),
    },
    { given: "firstArgument: 'conversationId'", firstArgument: 'conversationId' },
  ].map(({ given, firstArgument }) => ({
    rule: 'Only own fields of a plain object count',
    given,
    sources: { firstArgument },
    expected: { source: 'missing' },
  })),
  ...absentForms.map(({ label, value }) => ({
    rule: 'What is not present falls through',
    given: `call: ${label}, ambient: { conversation: 'chat-7' }`,
    sources: { call: value, ambient: { conversation: 'chat-7' } },
    expected: { id: 'chat-7', source: 'context' },
  })),
];

function row(rule: string, sources: ConversationSources, expected: Conversation): PolicyRow {
  return { rule, sources, expected };
}

function chat7(source: string): Conversation {
  return { id: 'chat-7', source };
}

function argument(source: string, key: string): Level {
  return { source, put: (value) => ({ firstArgument: { [key]: value } }) };
}

function inputContext(source: string, key: string): Level {
  return { source, put: (value) => ({ inputContext: { [key]: value } }) };
}

function metadata(key: string): Level {
  return { source: `metadata.${key}`, put: (value) => ({ metadata: { [key]: value } }) };
}

function openTelemetry(key: string): Level {
  return {
    source: `otel.${key}`,
    put: (value) => ({ openTelemetry: { [key]: value } }),
    policy: { openTelemetry: true },
  };
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
