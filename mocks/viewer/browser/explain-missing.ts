/** What a parent lacks, for somebody who wants to mend it. */
export interface MissingPart {
  /** What it is about, for example `root output`. */
  readonly subject: string;
  /** What was expected and what was found. */
  readonly found: string;
  /** Why it matters and where it comes from; empty where the sentence says it all. */
  readonly advice: string;
}

/** Takes a sentence of `missingFromParent` apart and adds what can be done. */
export function explainMissing(sentence: string): MissingPart {
  const at = sentence.indexOf(': ');
  const subject = at === -1 ? sentence : sentence.slice(0, at);
  const found = at === -1 ? '' : sentence.slice(at + 2);
  const advice = advices.find(([pattern]) => pattern.test(sentence))?.[1] ?? '';
  return { subject, found, advice };
}

const advices: readonly (readonly [RegExp, string])[] = [
  [
    /^root observation: expected exactly one, found none/,
    'The children came, their parent did not: the process ended before the run did, or the root was dropped. Flush or shut down before the process ends.',
  ],
  [
    /^root observation: expected exactly one/,
    'Several observations have no parent, so Langfuse lists the run more than once.',
  ],
  [/^(?:trace|root) name:/, 'Without a name the run cannot be found in a list.'],
  [/^root input:/, 'Nobody can tell later what the run was asked.'],
  [
    /^root output:/,
    'A run that ends gives its result, and one that fails its error, as output of the parent.',
  ],
  [
    /^root (?:metadata\.(?:status|reason)):|^trace metadata\.status:/,
    'Langfuse filters by the status and reason in the metadata of the parent. Other SDKs do not write them; this package does.',
  ],
  [/^root level:/, 'A failed run that is not marked is not found by its level.'],
  [/^root status message:/, 'The text of the error belongs there.'],
  [/^root end time:/, 'Nobody told an end. Its duration is unknown for good.'],
  [
    /^conversation id:/,
    'Langfuse cannot group the run. Give a conversation id; docs/conversation-id.md says where it is looked for.',
  ],
  [/^root session id:/, 'Langfuse v4 reads the session from each observation, not from the trace.'],
  [
    /^child .* session id:/,
    'Langfuse v4 reads the session from each observation, so this one is not found by it.',
  ],
  [/^child .* trace name:/, 'Langfuse v4 reads the trace name from each observation.'],
  [
    /^child .* end time: expected at or before/,
    'A child that outlives its parent makes durations wrong.',
  ],
  [/^child .* end time:/, 'The step was left open when the run ended.'],
  [/^observation id /, 'The same span was exported twice with different content.'],
];
