import type { LifecycleRecord } from '../../../src/index.ts';
import { type BlockWriter, createBlockWriter, rewind } from '../block-writer.ts';
import type { Connection } from '../connection.ts';
import { cutPayload } from '../cut-payload.ts';
import { createExchange, type Exchange } from '../exchange.ts';
import {
  type Parcel,
  postInParts,
  type PostResult,
  toBatches,
  toUntakenResult,
} from '../parcels.ts';
import { type Placed, type Preparation, prepareParcels, tellCut } from '../record-parcels.ts';
import { inSlices } from '../slices.ts';
import { paths } from '../vocabulary.ts';
import type { Wire, WireOutcome } from '../wire.ts';
import { toBatchBody } from './body.ts';
import { type IngestionEncoder, loadEncoder } from './encoder.ts';
import { acknowledge, type Envelope, type Sealing, toEnvelopes } from './envelopes.ts';
import { type ItemAnswers, readItemAnswers, type RecordOutcome } from './item-outcomes.ts';
import type { IngestionMapping } from './map.ts';
import { createStamps } from './stamps.ts';

// The server takes 4.5 MB and documents 3.5; the langfuse client stays below 2.5.
const batchLimitBytes = 2_500_000;
const eventLimitBytes = 1_000_000;

type EventParcel = Parcel<readonly Envelope[]>;

/** Which of the event types the server knows; `all` is corrected when it turns out to be wrong. */
export type ObservationTypes = IngestionMapping['observationTypes'];

/** The legacy wire: `POST /api/public/ingestion`. Loads the `langfuse` client at the first `send`. */
export function createIngestionWire(
  connection: Connection,
  { observationTypes = 'all' }: { readonly observationTypes?: ObservationTypes } = {},
): Wire {
  const { environment, release } = connection.settings;
  const stamps = createStamps();
  let types = observationTypes;
  let encode: IngestionEncoder | undefined;
  // Of the last `send` that is over, so that two at once do not share it.
  let idle: BlockWriter | undefined;

  function* seal({ index, record }: Placed, press: Press): Generator<void, EventParcel> {
    const content = yield* toEnvelopes(record, {
      ...press,
      stamps,
      nowMs: connection.now(),
      mapping: {
        observationTypes: types,
        ...(environment !== undefined && { environment }),
        ...(release !== undefined && { release }),
      },
    });
    const bytes = content.reduce((sum, envelope) => sum + envelope.bytes.byteLength, 0);
    return { index, record, content, bytes, form: 'whole' };
  }

  function* cut(placed: Placed, press: Press): Generator<void, EventParcel> {
    tellCut(placed.record, connection);
    const smaller = yield* seal({ ...placed, record: cutPayload(placed.record) }, press);
    return { ...smaller, form: 'cut' };
  }

  function* prepare(
    placed: Placed,
    press: Press,
  ): Generator<void, Preparation<EventParcel['content']>> {
    const whole = yield* seal(placed, press);
    if (!isOversized(whole)) return whole;
    const smaller = yield* cut(placed, press);
    return isOversized(smaller) ? toTooLarge(placed.record) : smaller;
  }

  async function deliver(
    placed: readonly Placed[],
    { press, signal }: { readonly press: Press; readonly signal: AbortSignal },
  ): Promise<Map<number, RecordOutcome>> {
    const { parcels, decided } = await prepareParcels(placed, (one) => prepare(one, press));
    const outcomes = new Map<number, RecordOutcome>(
      decided.map(({ index, outcome }) => [index, outcome]),
    );
    const exchange = createExchange(connection, {
      path: paths.ingestion,
      successStatuses: [200, 201, 207],
      signal,
    });
    for (const batch of toBatches(parcels, batchLimitBytes)) {
      const settled = await postInParts(batch, {
        post: (part) => post(part, { exchange, connection }),
        shrink: async (parcel) =>
          parcel.form === 'whole' ? inSlices(cut(parcel, press)) : undefined,
      });
      await inSlices(note(batch, settled, outcomes));
    }
    return outcomes;
  }

  function* note(
    batch: readonly EventParcel[],
    settled: readonly RecordOutcome[],
    outcomes: Map<number, RecordOutcome>,
  ): Generator<void, void> {
    for (const [at, { index, record }] of batch.entries()) {
      const outcome = settled[at] ?? { type: 'retry' };
      outcomes.set(index, outcome);
      if (outcome.type === 'delivered') acknowledge(record, stamps);
      yield;
    }
  }

  return {
    name: 'ingestion',
    async send(records, { signal }) {
      encode ??= await loadEncoder();
      const press = { encode, writer: idle ?? createBlockWriter() };
      idle = undefined;
      const placed = records.map((record, index) => ({ index, record }));
      const outcomes = await deliver(placed, { press, signal });
      const unknown = placed.filter(({ index }) => outcomes.get(index)?.type === 'unknown-type');
      if (unknown.length > 0 && types === 'all') {
        types = 'basic';
        const again = await deliver(unknown, { press, signal });
        for (const [index, outcome] of again) outcomes.set(index, outcome);
      }
      const told = placed.map(({ index }) => toWireOutcome(outcomes.get(index)));
      // Kept for the next batch, but not while everything waits for a server that is away.
      if (told.every(({ type }) => type !== 'retry')) {
        rewind(press.writer);
        idle = press.writer;
      }
      return told;
    },
  };
}

/** What makes events of records, and what they are written into. */
type Press = Pick<Sealing, 'encode' | 'writer'>;

function isOversized({ content }: EventParcel): boolean {
  return content.some(({ bytes }) => bytes.byteLength > eventLimitBytes);
}

function toTooLarge({ name, runId }: LifecycleRecord): WireOutcome {
  const message = `The observation ${name} of the run ${runId} is over ${eventLimitBytes} bytes even without its payload.`;
  return { type: 'rejected', reason: 'too_large', message };
}

function toWireOutcome(outcome: RecordOutcome | undefined): WireOutcome {
  if (outcome === undefined) return { type: 'retry' };
  if (outcome.type !== 'unknown-type') return outcome;
  const message = 'Langfuse does not know the type of an event, nor spans in its place';
  return { type: 'rejected', reason: 'rejected', message };
}

const emptyBatch = { body: JSON.stringify({ batch: [] }) };

interface PostContext {
  readonly exchange: Exchange;
  readonly connection: Connection;
}

async function post(
  parcels: readonly EventParcel[],
  { exchange, connection }: PostContext,
): Promise<PostResult<RecordOutcome>> {
  const answered = await exchange.post({
    body: toBatchBody(parcels.flatMap(({ content }) => content)),
  });
  const verdict =
    answered.type === 'refused' ? await exchange.explainRefusal(answered, emptyBatch) : answered;
  if (verdict.type !== 'taken') return toUntakenResult(verdict, parcels);
  const answers = readItemAnswers(verdict.json, exchange.url);
  if (answers.problem !== undefined) connection.tellProblem(answers.problem);
  else if (answers.hasSuccess) connection.recovered();
  const outcomes = parcels.map((parcel) => outcomeOf(parcel, answers));
  return { type: 'settled', outcomes };
}

function outcomeOf({ content, record }: EventParcel, answers: ItemAnswers): RecordOutcome {
  const outcome = answers.outcomeOf(content.map(({ id }) => id));
  if (outcome.type !== 'rejected') return outcome;
  return { ...outcome, message: `${record.name} of the run ${record.runId}: ${outcome.message}` };
}
