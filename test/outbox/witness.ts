import type { LifecycleRecord, Outcome, Sink } from '../../src/index.ts';
import type { ManualClock } from '../manual-clock.ts';
import type { Answer } from './traffic.ts';

/** A sink that answers as it is told and notes every breach of what a sink is promised. */
export interface Witness extends Sink {
  /** One sentence per breach. */
  readonly breaches: readonly string[];
  /** Ended observations that it took. */
  readonly delivered: ReadonlySet<string>;
  /** Ended observations that it refused for good. */
  readonly rejected: ReadonlySet<string>;
  /** How many times it was asked. */
  readonly sends: number;
}

/** `nextAnswer` is asked once a batch; without an answer everything is taken at once. */
export function createWitness(clock: ManualClock, nextAnswer: () => Answer | undefined): Witness {
  const breaches: string[] = [];
  const delivered = new Set<string>();
  const rejected = new Set<string>();
  const inFlight = new Set<string>();
  let askedUntil = 0;
  let sends = 0;

  function inspect(records: readonly LifecycleRecord[]): void {
    if (inFlight.size > 0) breaches.push('a batch came while another was on its way');
    if (clock.now() < askedUntil) breaches.push('asked before the time that was named');
    if (records.length === 0) breaches.push('an empty batch');
    const roles = records.map(({ role }) => (role === 'parent' ? 'p' : 'c')).join('');
    if (roles.includes('cp')) breaches.push(`children before parents: ${roles}`);
    for (const { id } of records) {
      if (inFlight.has(id)) breaches.push(`${id} is on its way twice`);
      if (delivered.has(id)) breaches.push(`${id} came again after its end was delivered`);
      if (rejected.has(id)) breaches.push(`${id} came again after its end was refused`);
      inFlight.add(id);
    }
  }

  function settle(record: LifecycleRecord, kind: Answer['outcomes'][number]): Outcome {
    const isEnded = record.phase === 'ended';
    switch (kind) {
      case 'delivered':
        if (isEnded) delivered.add(record.id);
        return { type: 'delivered' };
      case 'unneeded':
        // Only what is still open can be without use.
        return { type: isEnded ? 'retry' : 'unneeded' };
      case 'rejected':
        if (isEnded) rejected.add(record.id);
        return { type: 'rejected', reason: 'rejected', message: `${record.id} is refused` };
      case 'asked':
        askedUntil = clock.now() + 7_000;
        return { type: 'retry', afterMs: 7_000 };
      case 'retry':
        return { type: 'retry' };
      default:
        return kind satisfies never;
    }
  }

  function reply(
    records: readonly LifecycleRecord[],
    answer: Answer | undefined,
  ): readonly Outcome[] {
    if (answer?.type === 'throws') throw new Error('out of order');
    if (answer?.type === 'nonsense') return [null] as unknown as readonly Outcome[];
    const kinds = answer?.outcomes ?? ['delivered'];
    const answered = answer?.type === 'too few' ? records.slice(0, -1) : records;
    return answered.map((record, index) => settle(record, kinds[index % kinds.length] ?? 'retry'));
  }

  return {
    name: 'witness',
    breaches,
    delivered,
    rejected,
    get sends() {
      return sends;
    },
    async send(records) {
      sends += 1;
      inspect(records);
      const answer = nextAnswer();
      await after(clock, answer?.delayMs ?? 0);
      inFlight.clear();
      return reply(records, answer);
    },
  };
}

function after(clock: ManualClock, delayMs: number): Promise<void> {
  if (delayMs === 0) return Promise.resolve();
  return new Promise((resolve) => {
    clock.schedule(resolve, delayMs);
  });
}
