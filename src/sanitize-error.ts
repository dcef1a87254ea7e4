import type { ErrorFacts } from './ending.ts';
import { errorLimits } from './error-facts.ts';
import { labelLength, messageLength, type Scale, stackLength } from './sanitize-scale.ts';

interface ErrorWalk {
  readonly depth: number;
  /** How many more errors the whole tree may have. */
  readonly room: { left: number };
}

/** An error as an event tells it, sanitized and bounded like one that was thrown: 5 causes deep, 10 parts, 40 in all. */
export function sanitizedError(
  error: ErrorFacts,
  scale: Scale,
  { depth, room }: ErrorWalk = { depth: 0, room: { left: errorLimits.errors - 1 } },
): ErrorFacts {
  const inner = (part: ErrorFacts | undefined): readonly ErrorFacts[] => {
    if (part === undefined || depth >= errorLimits.causes || room.left <= 0) return [];
    room.left -= 1;
    return [sanitizedError(part, scale, { depth: depth + 1, room })];
  };
  const errors = error.errors?.slice(0, errorLimits.parts).flatMap(inner);
  const [cause] = inner(error.cause);
  return {
    type: scale.text(error.type, labelLength),
    message: scale.text(error.message, messageLength),
    ...(error.stack !== undefined && { stack: scale.text(error.stack, stackLength) }),
    ...(error.code !== undefined && {
      code: typeof error.code === 'string' ? scale.text(error.code, labelLength) : error.code,
    }),
    ...(cause !== undefined && { cause }),
    ...(errors !== undefined && { errors }),
  };
}
