import type { LifecycleRecord } from '../../src/index.ts';
import type { Verdict } from './verdict.ts';
import type { WireOutcome } from './wire.ts';

/** A record in the form that travels; it travels whole or not at all. */
export interface Parcel<Content> {
  /** Its place among the records that were to be sent. */
  readonly index: number;
  readonly record: LifecycleRecord;
  readonly content: Content;
  /** Its part of a request, bytes; may be an estimate. */
  readonly bytes: number;
  /** `cut`: input and output were shortened to fit. */
  readonly form: 'whole' | 'cut';
}

/** What one request with several parcels came to. */
export type PostResult<Settled = WireOutcome> =
  | { readonly type: 'settled'; readonly outcomes: readonly Settled[] }
  /** The request failed because of one of its parcels, or of their number. */
  | {
      readonly type: 'at-fault';
      readonly cause: 'refused' | 'too-large';
      readonly message: string;
    };

/** What a request came to whose body was not taken: the same on every wire. */
export function toUntakenResult(
  verdict: Exclude<Verdict, { type: 'taken' }>,
  parcels: readonly Parcel<unknown>[],
): PostResult {
  switch (verdict.type) {
    case 'later': {
      const { afterMs } = verdict;
      return settleAll(parcels, { type: 'retry', ...(afterMs !== undefined && { afterMs }) });
    }
    case 'missing':
      return settleAll(parcels, {
        type: 'wrong-wire',
        cause: 'missing',
        message: verdict.message,
      });
    case 'refused':
    case 'too-large':
      return { type: 'at-fault', cause: verdict.type, message: verdict.message };
    default:
      return verdict satisfies never;
  }
}

/** The same outcome for each parcel. */
export function settleAll(parcels: readonly Parcel<unknown>[], outcome: WireOutcome): PostResult {
  return { type: 'settled', outcomes: parcels.map(() => outcome) };
}

/** How a wire posts parcels, and makes one smaller. */
export interface Posting<Content, Settled = WireOutcome> {
  post(parcels: readonly Parcel<Content>[]): Promise<PostResult<Settled>>;
  /** A smaller form of the parcel, or undefined when it cannot be smaller. */
  shrink(parcel: Parcel<Content>): Promise<Parcel<Content> | undefined>;
}

/** Groups items, in their order, into requests of at most `maxBytes`; a larger one travels alone. */
export function toBatches<Item extends { readonly bytes: number }>(
  items: readonly Item[],
  maxBytes: number,
): readonly (readonly Item[])[] {
  const batches: Item[][] = [];
  let free = 0;
  for (const item of items) {
    const last = batches.at(-1);
    if (last === undefined || item.bytes > free) {
      batches.push([item]);
      free = maxBytes - item.bytes;
    } else {
      last.push(item);
      free -= item.bytes;
    }
  }
  return batches;
}

/** The last word on a parcel that was at fault. */
export type Refusal = Extract<WireOutcome, { type: 'rejected' }>;

/**
 * Posts parcels and, when one of them is at fault, halves until it stands alone, so that its neighbours get through.
 * What was accepted is never posted again.
 */
export async function postInParts<Content, Settled>(
  parcels: readonly Parcel<Content>[],
  posting: Posting<Content, Settled>,
): Promise<readonly (Settled | Refusal)[]> {
  const result = await posting.post(parcels);
  if (result.type === 'settled') return result.outcomes;
  const [only] = parcels;
  if (only !== undefined && parcels.length === 1) {
    const smaller = result.cause === 'too-large' ? await posting.shrink(only) : undefined;
    return smaller === undefined ? [toRefusal(only, result)] : postInParts([smaller], posting);
  }
  const half = Math.ceil(parcels.length / 2);
  return [
    ...(await postInParts(parcels.slice(0, half), posting)),
    ...(await postInParts(parcels.slice(half), posting)),
  ];
}

const advice = {
  refused:
    'If nothing between this process and Langfuse changes requests, report it as a bug of langfuse-lifecycle.',
  'too-large': 'Log less, or a reference to what is large.',
} as const;

function toRefusal<Content>(
  { record: { role, name, runId } }: Parcel<Content>,
  { cause, message }: { readonly cause: 'refused' | 'too-large'; readonly message: string },
): Refusal {
  const what =
    role === 'parent'
      ? `The run ${runId} (${name})`
      : `The observation ${name} of the run ${runId}`;
  return {
    type: 'rejected',
    reason: cause === 'too-large' ? 'too_large' : 'rejected',
    message: `${what} was refused for good and is lost: ${message}. ${advice[cause]}`,
  };
}
