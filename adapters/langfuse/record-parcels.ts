import type { LifecycleRecord } from '../../src/index.ts';
import type { Connection } from './connection.ts';
import { keptCharacters } from './cut-payload.ts';
import type { Parcel } from './parcels.ts';
import { inSlices } from './slices.ts';
import type { WireOutcome } from './wire.ts';

/** A record and its place in the list that the outbox gave. */
export interface Placed {
  readonly index: number;
  readonly record: LifecycleRecord;
}

/** Parcels to post, and what was decided without posting. */
export interface Prepared<Content> {
  readonly parcels: readonly Parcel<Content>[];
  readonly decided: readonly { readonly index: number; readonly outcome: WireOutcome }[];
}

/** What became of a record before it is posted: a parcel, or an outcome without posting. */
export type Preparation<Content> = Parcel<Content> | WireOutcome;

/** Prepares a record, in one go or in several; between these other work of the process may have its turn. */
export type Prepare<Content> = (
  placed: Placed,
) => Preparation<Content> | Generator<void, Preparation<Content>>;

/**
 * Makes a parcel of each record, in slices between which other work of the process gets its turn. A record that cannot
 * be encoded is rejected alone.
 */
export function prepareParcels<Content>(
  placed: readonly Placed[],
  prepare: Prepare<Content>,
): Promise<Prepared<Content>> {
  return inSlices(prepareEach(placed, prepare));
}

function* prepareEach<Content>(
  placed: readonly Placed[],
  prepare: Prepare<Content>,
): Generator<void, Prepared<Content>> {
  const parcels: Parcel<Content>[] = [];
  const decided: { index: number; outcome: WireOutcome }[] = [];
  for (const entry of placed) {
    let prepared: Preparation<Content>;
    try {
      const begun = prepare(entry);
      prepared = 'next' in begun ? yield* begun : begun;
    } catch (error) {
      prepared = toRejection(entry.record, error);
    }
    if ('content' in prepared) parcels.push(prepared);
    else decided.push({ index: entry.index, outcome: prepared });
    yield;
  }
  return { parcels, decided };
}

function toRejection({ name, runId }: LifecycleRecord, error: unknown): WireOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    type: 'rejected',
    reason: 'rejected',
    message: `The observation ${name} of the run ${runId} cannot be encoded and is lost: ${reason}. Report it as a bug of langfuse-lifecycle.`,
  };
}

/** Says that the payload of a record is cut to get it through. */
export function tellCut({ name, runId }: LifecycleRecord, connection: Connection): void {
  connection.tell({
    code: 'too_large',
    severity: 'warning',
    message: `${name} of the run ${runId} is larger than Langfuse takes at once: its input, output and metadata are cut to ${keptCharacters} characters each. Log less, or a reference to what is large.`,
    runId,
  });
}
