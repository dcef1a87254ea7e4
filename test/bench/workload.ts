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

const words =
  'order invoice customer delivery address refund policy window search result document answer plan total warehouse carrier tracking status please check confirm item quantity price tax region account ticket priority reply summary context message'.split(
    ' ',
  );

/** A repeatable source of numbers from 0 to 1 (mulberry32), so that every contender gets the same work. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function sentence(random: () => number, characters: number): string {
  let text = '';
  while (text.length < characters) {
    const word = words[Math.floor(random() * words.length)] ?? 'order';
    const chance = random();
    text += `${chance < 0.06 ? `${word}.\n` : chance < 0.1 ? `"${word}"` : chance < 0.2 ? Math.floor(random() * 1e9).toString(36) : word} `;
  }
  return text.slice(0, characters);
}

const inputCharacters = 2_048;
const outputCharacters = 1_024;
const frameCharacters = 150;

function messages(random: () => number, characters: number): Readonly<Record<string, unknown>> {
  // Every fifth text holds typographic quotes, as answers of models do: a string with two bytes a character.
  const open = random() < 0.2 ? '“please” ' : '';
  return {
    messages: [
      { role: 'system', content: sentence(random, (characters - frameCharacters) / 2) },
      { role: 'user', content: open + sentence(random, (characters - frameCharacters) / 2) },
    ],
    temperature,
  };
}

function rows(random: () => number, characters: number): Readonly<Record<string, unknown>> {
  const count = Math.floor(characters / 160);
  return {
    found: Array.from({ length: count }, (_none, index) => ({
      id: Math.floor(random() * 1e9),
      score: random(),
      isOpen: random() < 0.5,
      title: sentence(random, 60),
      position: index,
    })),
  };
}

function answer(random: () => number, characters: number): Readonly<Record<string, unknown>> {
  return { role: 'assistant', content: sentence(random, characters - 60), finish: 'stop' };
}

function makeStep(random: () => number, index: number): StepWork {
  // Think, act, act, …: 4 generations and 6 tools in ten.
  const isGeneration = index % 5 === 0 || index % 5 === 3;
  return {
    kind: isGeneration ? 'generation' : 'tool',
    name: isGeneration ? 'plan' : 'search',
    input: isGeneration ? messages(random, inputCharacters) : rows(random, inputCharacters),
    output: isGeneration ? answer(random, outputCharacters) : rows(random, outputCharacters),
    usage: { input: Math.floor(random() * 2_000), output: Math.floor(random() * 500) },
  };
}

/** A run of its own, the same for the same seed: about 2 KB of input and 1 KB of output in every observation. */
export function makeWork(seed: number, steps: number = stepsOfOneRun): RunWork {
  const random = createRandom(seed + 1);
  const work: RunWork = {
    input: messages(random, inputCharacters),
    output: answer(random, outputCharacters),
    conversationId: `chat-${seed}`,
    userId: `user-${seed % 100}`,
    steps: Array.from({ length: steps }, (_none, index) => makeStep(random, index)),
  };
  // As it comes from a socket: flat strings, plain objects.
  return JSON.parse(JSON.stringify(work));
}

/** Work for `count` runs. */
export function makeWorks(count: number, firstSeed = 0): readonly RunWork[] {
  return Array.from({ length: count }, (_none, index) => makeWork(firstSeed + index));
}
