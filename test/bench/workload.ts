import { below, createRandom, date, orderId, prose, type Random } from './text.ts';

/** One observation below the parent: what the program hands over, ready before any clock starts. */
export interface StepWork {
  readonly kind: 'generation' | 'tool';
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly usage: { readonly input: number; readonly output: number };
}

/** One run of an agent. */
export interface RunWork {
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly conversationId: string;
  readonly userId: string;
  readonly steps: readonly StepWork[];
}

/** The name of every parent; no step is called so. */
export const parentName = 'support-agent';
export const model = 'gpt-5';
export const temperature = 0.2;
export const stepsOfOneRun = 10;

const inputCharacters = 2_048;
const outputCharacters = 1_024;
const systemCharacters = 900;
const historyCharacters = 640;
const questionCharacters = 280;
const quotedCharacters = 360;
const ordersOfACustomer = 10;
const rowsOfASearch = 6;

interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
}

/** What the agent of every run is told: the same for all of them. */
const system: Message = {
  role: 'system',
  content: prose(createRandom(7), systemCharacters),
};

/** What is known in a run: the conversation that it answers, and what there is to be found for it. */
interface Conversation {
  readonly messages: readonly Message[];
  readonly random: Random;
  readonly orders: readonly Readonly<Record<string, unknown>>[];
  /** What the last tool found, as the model sees it. */
  found: string;
  query: string;
  answer: string;
}

function startConversation(random: Random): Conversation {
  // Every fifth text holds typographic quotes, as answers of models do: a string with two bytes a character.
  const quoted = random() < 0.2 ? '“please” ' : '';
  const messages: readonly Message[] = [
    system,
    { role: 'assistant', content: prose(random, historyCharacters) },
    { role: 'user', content: quoted + prose(random, questionCharacters) },
  ];
  const orders = Array.from({ length: ordersOfACustomer }, () => order(random));
  return { messages, random, orders, found: '', query: prose(random, 60), answer: '' };
}

function generation(conversation: Conversation): StepWork {
  const { messages, random, found } = conversation;
  const room = inputCharacters - JSON.stringify({ messages, temperature }).length - 40;
  const seen: Message = { role: 'tool', content: found.slice(0, Math.max(0, room)) };
  conversation.query = prose(random, 60);
  // A model quotes what it was given.
  const quote = found.slice(0, quotedCharacters).replaceAll('"', '');
  conversation.answer = `${quote} ${prose(random, outputCharacters - 180 - quote.length)}`;
  const call = { name: 'search', arguments: { query: conversation.query, limit: 6 } };
  return {
    kind: 'generation',
    name: 'plan',
    input: { messages: [...messages, seen], temperature },
    output: {
      role: 'assistant',
      content: conversation.answer,
      tool_calls: [call],
      finish: 'tool_calls',
    },
    usage: { input: below(random, 2_000), output: below(random, 500) },
  };
}

function tool(conversation: Conversation): StepWork {
  const { messages, orders, random, query } = conversation;
  // Another search of the same run finds some of the same again.
  const first = below(random, orders.length);
  const rows = Array.from({ length: rowsOfASearch }, (_none, at) => ({
    ...orders[(first + at) % orders.length],
    score: random(),
  }));
  const input = { query, filter: { status: 'open', since: date(random) }, limit: 6 };
  // Frameworks hand a tool the state of the run too.
  const room = inputCharacters - JSON.stringify({ ...input, state: { messages } }).length - 40;
  const state = { messages, found: conversation.found.slice(0, Math.max(0, room)) };
  conversation.found = JSON.stringify(rows);
  return {
    kind: 'tool',
    name: 'search',
    input: { ...input, state },
    output: { rows },
    usage: { input: 0, output: 0 },
  };
}

const statuses = ['open', 'shipped', 'delivered', 'returned'] as const;

function order(random: Random): Readonly<Record<string, unknown>> {
  return {
    id: orderId(random),
    status: statuses[below(random, statuses.length)],
    total: below(random, 30_000) / 100,
    placed: date(random),
    note: prose(random, 60),
  };
}

/**
 * A run of its own, the same for the same seed: about 2 KB of input and 1 KB of output in every observation. Its texts are
 * its own but for the system prompt; they come again within it as in an agent, whose model and tools are given the
 * conversation each time, and what the last tool found.
 */
export function makeWork(seed: number, steps: number = stepsOfOneRun): RunWork {
  const random = createRandom(seed + 1);
  const conversation = startConversation(random);
  // Think, act, act, …: 4 generations and 6 tools in ten.
  const made = Array.from({ length: steps }, (_none, index) =>
    index % 5 === 0 || index % 5 === 3 ? generation(conversation) : tool(conversation),
  );
  const work: RunWork = {
    input: { messages: conversation.messages, temperature },
    output: {
      role: 'assistant',
      content: conversation.answer || prose(random, 824),
      finish: 'stop',
    },
    conversationId: `chat-${seed}`,
    userId: `user-${seed % 100}`,
    steps: made,
  };
  // As it comes from a socket: flat strings, plain objects, nothing shared between two of them.
  return JSON.parse(JSON.stringify(work));
}

/** Work for `count` runs. */
export function makeWorks(count: number, firstSeed = 0): readonly RunWork[] {
  return Array.from({ length: count }, (_none, index) => makeWork(firstSeed + index));
}
