import * as types from 'node:util/types';
import { toErrorFacts } from '../error-facts.ts';

/** How a reader left a stream that had not come to its end. */
export type Departure =
  | { readonly how: 'stopped' }
  | { readonly how: 'cancelled'; readonly reason: unknown }
  | { readonly how: 'collected' };

/**
 * The departure in words, as an error of a run. A plain object and not an Error: the stack would be one of this
 * library's insides.
 */
export function toAbandonment(
  departure: Departure,
  chunks: number,
): Readonly<Record<string, unknown>> {
  const after = chunks === 1 ? 'after 1 chunk' : `after ${chunks} chunks`;
  const name = 'StreamAbandoned';
  switch (departure.how) {
    case 'stopped':
      return {
        name,
        message: chunks === 0 ? 'the stream was closed unread' : `the reader stopped ${after}`,
      };
    case 'cancelled': {
      // A teed stream gives the reasons of both its branches.
      const reason: unknown = Array.isArray(departure.reason)
        ? departure.reason.find(isTold)
        : departure.reason;
      const why = isTold(reason) ? `: ${toErrorFacts(reason).message}` : '';
      const message = `the reader cancelled the stream ${after}${why}`;
      return { name, message, ...(types.isNativeError(reason) && { cause: reason }) };
    }
    case 'collected': {
      const message = chunks === 0 ? 'nobody read the stream' : `the reader walked away ${after}`;
      return { name, message };
    }
    default:
      return departure satisfies never;
  }
}

function isTold(reason: unknown): boolean {
  return reason !== undefined;
}
