import type { LifecycleRecord } from '../../src/index.ts';
import type { WireChoice } from './config.ts';
import type { Connection } from './connection.ts';
import { type Discovery, discover } from './discovery.ts';
import { createIngestionWire } from './ingestion/sink.ts';
import { createOtlpWire } from './otlp/sink.ts';
import type { Wire, WireOutcome, WrongWire } from './wire.ts';

type Known = Extract<Discovery, { type: 'known' }>;

/**
 * The wire that the server wants, found out at the first `send`. When the server refuses it later (an operator changed
 * the write mode), the same records go the other way in the same `send`.
 */
export function createSwitchingWire(
  connection: Connection,
): Pick<Wire, 'send'> & { readonly name: WireChoice } {
  let current: Wire | undefined;
  let ingestion: Wire | undefined;
  let otlp: Wire | undefined;

  function wireOf({ wire, observationTypes }: Pick<Known, 'wire' | 'observationTypes'>): Wire {
    if (wire === 'otlp') return (otlp ??= createOtlpWire(connection));
    return (ingestion ??= createIngestionWire(connection, { observationTypes }));
  }

  function changeTo(known: Pick<Known, 'wire' | 'observationTypes' | 'reason'>): Wire {
    const next = wireOf(known);
    if (next !== current)
      connection.tell({ code: 'wire', severity: 'info', message: `${known.reason}.` });
    current = next;
    return next;
  }

  async function find(signal: AbortSignal): Promise<Wire | Exclude<Discovery, Known>> {
    const found = await discover(connection, { signal });
    if (found.type === 'known') return changeTo(found);
    if (found.problem !== undefined) connection.tellProblem(found.problem);
    return found;
  }

  function otherThan(wire: Wire, refusal: WrongWire, signal: AbortSignal): ReturnType<typeof find> {
    if (wire.name === 'otlp' || refusal.cause === 'missing') return find(signal);
    const { baseUrl } = connection.settings;
    const reason = `${baseUrl} refuses traces on the ingestion endpoint now: sending OTLP`;
    return Promise.resolve(changeTo({ wire: 'otlp', observationTypes: 'all', reason }));
  }

  return {
    get name() {
      return current?.name ?? 'auto';
    },
    async send(records, { signal }) {
      const wire = current ?? (await find(signal));
      if (!('send' in wire)) return records.map(() => toRetry(wire.afterMs));
      const outcomes = await wire.send(records, { signal });
      const refusal = outcomes.find((outcome) => outcome.type === 'wrong-wire');
      if (refusal === undefined) return outcomes;
      const other = await otherThan(wire, refusal, signal);
      if (!('send' in other))
        return outcomes.map((outcome) => orElse(outcome, toRetry(other.afterMs)));
      // Still the same wire: the sink tells that the endpoint is missing, and the records wait.
      return other === wire ? outcomes : resend(records, { outcomes, wire: other, signal });
    },
  };
}

interface Resending {
  readonly outcomes: readonly WireOutcome[];
  readonly wire: Wire;
  readonly signal: AbortSignal;
}

async function resend(
  records: readonly LifecycleRecord[],
  { outcomes, wire, signal }: Resending,
): Promise<readonly WireOutcome[]> {
  const misplaced = records.filter((_, index) => outcomes[index]?.type === 'wrong-wire');
  const second = [...(await wire.send(misplaced, { signal }))];
  return outcomes.map((outcome) =>
    outcome.type === 'wrong-wire' ? (second.shift() ?? toRetry(undefined)) : outcome,
  );
}

function orElse(outcome: WireOutcome, other: WireOutcome): WireOutcome {
  return outcome.type === 'wrong-wire' ? other : outcome;
}

function toRetry(afterMs: number | undefined): WireOutcome {
  return { type: 'retry', ...(afterMs !== undefined && { afterMs }) };
}
