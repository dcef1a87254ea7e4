import type { Problem } from '../connection.ts';
import { isObject } from '../values.ts';
import type { WireOutcome } from '../wire.ts';

/** What became of one record whose events were in a batch. */
export type RecordOutcome =
  | WireOutcome
  /** The server does not know one of its event types: an old one that takes spans, generations and events only. */
  | { readonly type: 'unknown-type' };

/** What the server said about the events of a batch, by envelope id. */
export interface ItemAnswers {
  outcomeOf(envelopeIds: readonly string[]): RecordOutcome;
  /** Something that keeps events from being taken, if there is one. */
  readonly problem?: Problem;
  /** Whether at least one event was taken. */
  readonly hasSuccess: boolean;
}

interface ItemError {
  readonly status: number;
  /** Message and error in one line. */
  readonly text: string;
}

/** Reads a 207 answer. A 207, or a 201 on an item, is not delivery of the others: each event is looked up. */
export function readItemAnswers(json: Readonly<Record<string, unknown>>, url: string): ItemAnswers {
  const taken = new Set<unknown>();
  for (const item of listOf(json['successes'])) taken.add(item['id']);
  const errors = new Map<unknown, ItemError>();
  for (const item of listOf(json['errors'])) errors.set(item['id'], toItemError(item));

  const problem = toProblem([...errors.values()], url);
  return {
    outcomeOf(ids) {
      // Hundreds of records, and almost always all were taken.
      if (errors.size === 0 && ids.every((id) => taken.has(id))) return { type: 'delivered' };
      return worst(ids.map((id) => outcomeOf(errors.get(id), taken.has(id))));
    },
    ...(problem !== undefined && { problem }),
    hasSuccess: taken.size > 0,
  };
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function toItemError(item: Readonly<Record<string, unknown>>): ItemError {
  const texts = [item['message'], item['error']].filter((text) => text !== undefined);
  const text = texts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)));
  return { status: Number(item['status']), text: text.join(': ').replaceAll(/\s+/g, ' ') };
}

function outcomeOf(error: ItemError | undefined, wasTaken: boolean): RecordOutcome {
  // In neither list: nobody said that it is stored.
  if (error === undefined) return wasTaken ? { type: 'delivered' } : { type: 'retry' };
  if (error.status !== 400) return { type: 'retry' };
  const message = excerpt(error.text);
  if (error.text.startsWith('Event type not accepted')) {
    return { type: 'wrong-wire', cause: 'refused', message };
  }
  if (/discriminator/i.test(error.text)) return { type: 'unknown-type' };
  return {
    type: 'rejected',
    reason: 'rejected',
    message: `Langfuse refused it for good, and it is lost: ${message}. If nothing between changes requests, report it as a bug of langfuse-lifecycle.`,
  };
}

const gravity = [
  'delivered',
  'unneeded',
  'rejected',
  'unknown-type',
  'retry',
  'wrong-wire',
] as const;

// A record is delivered when all its events are; while one may still get through it is tried again.
function worst(outcomes: readonly RecordOutcome[]): RecordOutcome {
  let found: RecordOutcome = { type: 'delivered' };
  for (const outcome of outcomes) {
    if (gravity.indexOf(outcome.type) > gravity.indexOf(found.type)) found = outcome;
  }
  return found;
}

function toProblem(errors: readonly ItemError[], url: string): Problem | undefined {
  const denied = errors.find(({ status }) => status === 401 || status === 403);
  if (denied !== undefined) {
    const message = `${url} took the request but not its events (${denied.status} ${excerpt(denied.text)}); traces wait. Check LANGFUSE_SECRET_KEY: it must be a secret key of the project.`;
    return { code: 'unauthorized', message };
  }
  const failed = errors.find(({ status }) => status !== 400);
  if (failed === undefined) return undefined;
  const message = `${url} could not take some events (${failed.status} ${excerpt(failed.text)}); they wait and are sent again.`;
  return { code: 'server_error', message };
}

function excerpt(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
