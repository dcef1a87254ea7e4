import type { ReActDecision, ReActObservation, ReActRequest } from '../../../src/index.ts';
import type { Hit, Section } from './knowledge.ts';
import { type Question, type Script, textOf } from './scripted-model.ts';

const wordsPerMinute = 200;

/** Finds the section that says most about the quoted topic, reads it and works out how long that takes a person. */
export const readingTimeScript: Script = (request) => {
  const section = findSection(request);
  if (section.type !== 'found') return section;
  const { title, path, words } = section.value;
  const calculation = last(request, 'calculate');
  if (calculation === undefined) {
    return act(
      'calculate',
      { expression: `${words} words / ${wordsPerMinute}` },
      'How long is that?',
    );
  }
  if (calculation.status === 'failed') {
    const { expression } = calculation.input as { readonly expression: string };
    // What the tool complained about: it takes no units.
    const bare = expression.replaceAll(/[a-z]+\s*/g, '');
    return bare === expression
      ? finish(`${title} (${path}) has ${words} words.`)
      : act('calculate', { expression: bare }, `Without units, then: ${calculation.error}`);
  }
  const { value } = calculation.output as { readonly value: number };
  return finish(
    `"${title}" in ${path} says most about it: ${words} words, ${value.toFixed(1)} minutes at ${wordsPerMinute} words a minute.`,
  );
};

/** Finds the section that says most about the quoted topic and tells how long it is. */
export const researchScript: Script = (request) => {
  const section = findSection(request);
  if (section.type !== 'found') return section;
  const { title, path, words } = section.value;
  return finish(`"${title}" in ${path}: ${words} words.`);
};

/** Has each quoted topic researched and compares the lengths that come back. */
export const compareScript: Script = (request) => {
  const topics = topicsOf(request);
  const answers = all(request, 'research')
    .filter(hasReturned)
    .map(({ output }) => String(output));
  if (answers.length < topics.length) {
    const calls = topics.map((topic) => ({ tool: 'research', input: { topic } }));
    return { type: 'tools', thought: 'One researcher for each topic.', calls };
  }
  const lengths = answers.map((answer) => /(?<!\d)(\d+) words/.exec(answer)?.[1]).filter(Boolean);
  if (lengths.length < topics.length) return finish(`No comparison: ${answers.join(' ')}`);
  const calculation = last(request, 'calculate');
  if (calculation === undefined) return act('calculate', { expression: lengths.join(' / ') });
  const ratio =
    calculation.status === 'returned'
      ? (calculation.output as { readonly value: number }).value
      : Number.NaN;
  return finish(`${answers.join(' ')} The first is ${ratio.toFixed(2)} times as long.`);
};

/** Looks again and again whether the documentation says something new: without a limit it would never end. */
export const watchScript: Script = (request) => {
  const [topic = ''] = topicsOf(request);
  const results = all(request, 'search_docs')
    .filter(hasReturned)
    .map(({ output }) => JSON.stringify(output));
  const [before, now] = results.slice(-2);
  return before === undefined || now === undefined || before === now
    ? act('search_docs', { query: topic }, `Look ${results.length + 1} for something new.`)
    : finish(`There is something new about ${topic}.`);
};

/** Waits for a change of the files and says what changed. */
export const waitScript: Script = (request) => {
  const observation = last(request, 'wait_for_change');
  if (observation === undefined) return act('wait_for_change', {}, 'I will wait for it.');
  return finish(
    JSON.stringify(observation.status === 'returned' ? observation.output : observation.error),
  );
};

/** Finds the section that says most about the quoted topic and waits until something changes. */
export const followScript: Script = (request) => {
  const section = findSection(request);
  return section.type === 'found' ? waitScript(request) : section;
};

/** Finds the section that says most about the quoted topic and publishes a note on it. */
export const publishScript: Script = (request) => {
  const section = findSection(request);
  if (section.type !== 'found') return section;
  const { title, path, words } = section.value;
  const published = last(request, 'publish_note');
  if (published !== undefined) return finish('Published.');
  return act(
    'publish_note',
    { text: `Read "${title}" in ${path} (${words} words).` },
    'Worth a note.',
  );
};

/** Search, then read: the next move on the way there, or the section. */
function findSection(
  request: ReActRequest<Question>,
): ReActDecision | { readonly type: 'found'; readonly value: Section } {
  const [topic = textOf(request.input)] = topicsOf(request);
  const found = last(request, 'search_docs');
  if (found === undefined) return act('search_docs', { query: topic }, `Where is "${topic}"?`);
  const [best] = hitsOf(found);
  if (best === undefined) return finish(`The documentation says nothing about "${topic}".`);
  const section = last(request, 'read_section');
  if (section === undefined) {
    return act('read_section', { id: best.id }, `"${best.title}" scores ${best.score}.`);
  }
  if (section.status === 'failed') return finish(section.error);
  return { type: 'found', value: section.output as Section };
}

function hitsOf(observation: ReActObservation): readonly Hit[] {
  if (observation.status === 'failed') return [];
  const { output } = observation;
  const hits =
    typeof output === 'object' && output !== null ? Reflect.get(output, 'hits') : undefined;
  if (Array.isArray(hits)) return hits;
  throw new Error(
    `The result of ${observation.tool} is not what was agreed: expected { hits: […] }, received ${JSON.stringify(output)}.`,
  );
}

function topicsOf({ input }: ReActRequest<Question>): readonly string[] {
  return Array.from(textOf(input).matchAll(/"([^"]+)"/g), ([, topic = '']) => topic);
}

function all({ history }: ReActRequest<Question>, tool: string): readonly ReActObservation[] {
  return history.flatMap(({ observations }) => observations.filter((one) => one.tool === tool));
}

function last(request: ReActRequest<Question>, tool: string): ReActObservation | undefined {
  return all(request, tool).at(-1);
}

type Returned = Extract<ReActObservation, { status: 'returned' }>;

function hasReturned(observation: ReActObservation): observation is Returned {
  return observation.status === 'returned';
}

function act(tool: string, input: unknown, thought?: string): ReActDecision {
  return { type: 'tools', calls: [{ tool, input }], ...(thought !== undefined && { thought }) };
}

function finish(output: string): ReActDecision {
  return { type: 'finish', output };
}
