import type { Clock, ScheduledCall } from './clock.ts';
import type { DiagnosticListener } from './diagnostics.ts';
import { type Observed, toRecord } from './record-draft.ts';
import type { Sampler } from './sampling.ts';
import type { Waiting } from './waiting-records.ts';

/** What sampling did, in traces. A trace that is sampled out is a decision and no loss. */
export interface SamplingCounts {
  readonly kept: number;
  readonly sampledOut: number;
}

/** What the gate needs from around it. */
export interface SamplingPorts {
  readonly sampler: Sampler;
  readonly clock: Clock;
  readonly diagnose: DiagnosticListener;
  /** Takes a record of a trace that is sent. */
  readonly enqueue: (record: Waiting) => void;
  /** Told of each ended record that will not be sent: from then on it must not change. */
  readonly onSampledOut: (record: Observed) => void;
}

/** How long and how much may be held. */
export interface SamplingLimits {
  /** Bytes of JSON that may be held, approximately. Beyond it the oldest trace is decided by its id alone. */
  readonly maxBytes: number;
  /** How long a trace is held after its end, in case a more severe ending follows; milliseconds. */
  readonly settleMs: number;
}

/** Stands before the outbox and lets a trace through as a whole or not at all. */
export interface SamplingGate {
  offer(record: Waiting): void;
  /** Decides about every trace whose run has ended. To be called before a flush. */
  settle(): void;
  /**
   * Decides about a trace by its id alone, unless that was done: for a run that goes on in another process, where the
   * keep rules would see another part of it. What is known of the run should be offered before, for rules about names.
   */
  decideById(traceId: string): void;
  /** Decides about every trace, open ones too: nothing more will be known. */
  close(): void;
  counts(): SamplingCounts;
}

type Verdict = 'kept' | 'sampled-out';

interface HeldTrace {
  /** The newest record of each observation, in the order of their coming. */
  readonly records: Map<string, Waiting>;
  hasEnded: boolean;
  bytes: number;
}

// Decisions about ended traces that are still remembered, for what comes late and so that none counts twice.
const rememberedTraces = 10_000;

/**
 * Makes a gate.
 *
 * A trace that is sampled by its id passes at once. Any other is held: a keep rule that is met lets all of it through,
 * its end without one drops it. Nothing of a held trace is sent meanwhile, so it is not seen while it runs. Without
 * keep rules only ended records are held, for as long as a second ending may follow.
 */
export function createSamplingGate(ports: SamplingPorts, limits: SamplingLimits): SamplingGate {
  const { sampler } = ports;
  const held = new Map<string, HeldTrace>();
  const verdicts = new Map<string, Verdict>();
  // Insertion order is the order of ending, which makes it the order of forgetting.
  const endedTraceIds = new Set<string>();
  let heldBytes = 0;
  let kept = 0;
  let sampledOut = 0;
  let settling: ScheduledCall | undefined;
  let isFullTold = false;

  function decide(traceId: string, verdict: Verdict): void {
    verdicts.set(traceId, verdict);
    if (verdict === 'kept') kept += 1;
    else sampledOut += 1;
    const trace = held.get(traceId);
    if (trace === undefined) return;
    held.delete(traceId);
    heldBytes -= trace.bytes;
    if (trace.hasEnded) rememberEnd(traceId);
    for (const record of trace.records.values()) pass(record, verdict);
  }

  function pass(record: Waiting, verdict: Verdict): void {
    if (verdict === 'kept') ports.enqueue(record);
    else if (record.phase === 'ended') ports.onSampledOut(record);
  }

  /** Rules are about runs, so that no step is written out for them. */
  function isKept(record: Waiting): boolean {
    return sampler.hasKeepRules && record.role !== 'step' && sampler.isKept(toRecord(record));
  }

  function hold(record: Waiting): void {
    const { traceId } = record.trace;
    const trace = held.get(traceId) ?? {
      records: new Map<string, Waiting>(),
      hasEnded: false,
      bytes: 0,
    };
    held.set(traceId, trace);
    if (isEndedParent(record)) trace.hasEnded = true;
    if (sampler.hasKeepRules || record.phase === 'ended') {
      const growth = record.size - (trace.records.get(record.id)?.size ?? 0);
      trace.records.set(record.id, record);
      trace.bytes += growth;
      heldBytes += growth;
    }
    if (trace.hasEnded) settling ??= ports.clock.schedule(settle, limits.settleMs);
    if (heldBytes > limits.maxBytes) shed();
  }

  function shed(): void {
    for (const traceId of held.keys()) {
      if (heldBytes <= limits.maxBytes) break;
      decide(traceId, 'sampled-out');
    }
    if (isFullTold || !sampler.hasKeepRules) return;
    isFullTold = true;
    const message = `More than ${limits.maxBytes} bytes of traces wait for the keep rules of sampling; the oldest are sampled out by their id before their end is known. Raise sampling.rate or limits.queueBytes.`;
    ports.diagnose({ code: 'memory_limit', severity: 'warning', message });
  }

  function settle(): void {
    settling?.cancel();
    settling = undefined;
    for (const [traceId, trace] of held) if (trace.hasEnded) decide(traceId, 'sampled-out');
  }

  /** The decision about an open trace is never forgotten: a half of it would be left. */
  function rememberEnd(traceId: string): void {
    endedTraceIds.add(traceId);
    if (endedTraceIds.size <= rememberedTraces) return;
    for (const oldest of endedTraceIds) {
      endedTraceIds.delete(oldest);
      verdicts.delete(oldest);
      return;
    }
  }

  return {
    offer(record) {
      const { traceId } = record.trace;
      if (!verdicts.has(traceId) && (sampler.isSampled(traceId) || isKept(record)))
        decide(traceId, 'kept');
      const verdict = verdicts.get(traceId);
      if (verdict === undefined) {
        hold(record);
        return;
      }
      if (isEndedParent(record)) rememberEnd(traceId);
      pass(record, verdict);
    },
    settle,
    decideById(traceId) {
      if (!verdicts.has(traceId))
        decide(traceId, sampler.isSampled(traceId) ? 'kept' : 'sampled-out');
    },
    close() {
      settling?.cancel();
      settling = undefined;
      for (const traceId of held.keys()) decide(traceId, 'sampled-out');
    },
    counts: () => ({ kept, sampledOut }),
  };
}

function isEndedParent({ role, phase }: Observed): boolean {
  return role === 'parent' && phase === 'ended';
}
