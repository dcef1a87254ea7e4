const rememberedKeys = 2_000;
/** Longer keys are not remembered, in UTF-16 units. */
export const longestKey = 64;

/** Remembers answers for short keys: agents send the same few hundred keys over and over. Bounded to 2,000 answers. */
export function rememberByKey<Answer>(answer: (key: string) => Answer): (key: string) => Answer {
  // Property names are stored by the engine as flat copies; a Map would keep a slice's whole parent text alive.
  let answers: Record<string, Answer> = Object.create(null);
  let count = 0;
  return (key) => {
    if (key.length > longestKey) return answer(key);
    const known = answers[key];
    if (known !== undefined) return known;
    const fresh = answer(key);
    if (count >= rememberedKeys) {
      answers = Object.create(null);
      count = 0;
    }
    answers[key] = fresh;
    count += 1;
    return fresh;
  };
}
