import { errorLimits } from './error-facts.ts';
import type { Sanitizer } from './sanitize.ts';

/** Langfuse refuses a trace name over 1,000 characters. */
export const nameLength: number = 900;
/** For what is shown in one line of a list. */
export const labelLength: number = 200;
/** Of the message of an error, and of a status message. */
export const messageLength: number = errorLimits.messageCharacters;
/** Of the stack of an error. */
export const stackLength: number = errorLimits.stackCharacters;

/** More places than that never name a conversation. */
export const mostConflicts = 50;

/** Sanitizes, and weighs what it gives. */
export interface Scale {
  /** A sanitized copy. */
  payload(value: unknown): unknown;
  object(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
  text(value: string, maxLength: number): string;
  /** Bytes of JSON of all that it gave, approximately. */
  total(): number;
}

/** A scale with nothing on it. */
export function createScale(sanitizer: Sanitizer): Scale {
  let total = 0;
  const payload = (value: unknown): unknown => {
    const snapshot = sanitizer.snapshot(value);
    total += snapshot.size;
    return snapshot.value;
  };
  return {
    payload,
    object(value) {
      const copy = payload(value);
      return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
        ? (copy as Readonly<Record<string, unknown>>)
        : { value: copy };
    },
    text(value, maxLength) {
      const copy = sanitizer.text(value, maxLength);
      total += copy.length;
      return copy;
    },
    total: () => total,
  };
}
