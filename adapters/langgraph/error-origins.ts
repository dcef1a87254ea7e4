import { readField } from '../../src/index.ts';

/** What kind of step an error came from, as far as it explains the run's ending. */
export type Origin = 'generation' | 'tool';

/** Where errors came from. They are known for as long as somebody else keeps them. */
export interface ErrorOrigins {
  /** What threw it first counts: the same error then goes through everything around. */
  note(error: unknown, origin: Origin): void;
  /** Of an error or of what caused it. */
  of(error: unknown): Origin | undefined;
}

const maximumCauses = 5;

/** Makes the memory of one lifecycle. */
export function createErrorOrigins(): ErrorOrigins {
  const origins = new WeakMap<object, Origin>();
  return {
    note(error, origin) {
      if (isObject(error) && !origins.has(error)) origins.set(error, origin);
    },
    of(error) {
      let link = error;
      for (let depth = 0; depth < maximumCauses && isObject(link); depth += 1) {
        const origin = origins.get(link);
        if (origin !== undefined) return origin;
        link = readField(link, 'cause');
      }
      return undefined;
    },
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
