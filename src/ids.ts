import { createHash, randomFillSync } from 'node:crypto';

/** Where new ids come from; a test passes its own. */
export interface IdSource {
  /** 32 lower-case hex digits, not all zero (W3C trace context). */
  traceId(): string;
  /** 16 lower-case hex digits, not all zero. */
  spanId(): string;
}

const poolBytes = 4096;
const pool = Buffer.alloc(poolBytes);
// Its hex digits, written once for all ids: a conversion of each costs more than the id.
const poolText = Buffer.alloc(poolBytes * 2);
let used = poolBytes;

/** Random ids from the system's generator, drawn in blocks because a system call per id is what costs. */
export const randomIds: IdSource = {
  traceId: () => randomHex(16),
  spanId: () => randomHex(8),
};

function randomHex(bytes: number): string {
  if (used + bytes > poolBytes) {
    poolText.write(randomFillSync(pool).toString('hex'), 'latin1');
    used = 0;
  }
  // Out of bytes: a part of one long text would hold all of it for as long as the id is known, and is slow to compare.
  const id = poolText.toString('latin1', used * 2, (used + bytes) * 2);
  used += bytes;
  return isZero(id) ? randomHex(bytes) : id;
}

/** The trace id of a seed: the first 32 hex digits of its SHA-256, as Langfuse's own `createTraceId` does it. */
export function traceIdFromSeed(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 32);
}

/** `id` itself when it is a valid trace id, else the trace id of that seed: the same in every process. */
export function toTraceId(id: string): string {
  return isTraceId(id) ? id : traceIdFromSeed(id);
}

/** The span id of a step: `stepId` itself when it is a valid span id, else a stable hash of run and step. */
export function toSpanId(runId: string, stepId: string): string {
  return isSpanId(stepId) ? stepId : hashedSpanId(`${runId}/${stepId}`);
}

/** The span id of a run's own observation: derived from the run id, so that every process finds the same. */
export function toRunSpanId(runId: string): string {
  const tail = isTraceId(runId) ? runId.slice(16) : '';
  return isSpanId(tail) ? tail : hashedSpanId(runId);
}

/** Whether Langfuse and OpenTelemetry take it as a trace id. */
function isTraceId(id: string): boolean {
  return /^[0-9a-f]{32}$/.test(id) && !isZero(id);
}

function isSpanId(id: string): boolean {
  return /^[0-9a-f]{16}$/.test(id) && !isZero(id);
}

function isZero(id: string): boolean {
  // Asked for each new id, and the first digit nearly always answers.
  return id.charCodeAt(0) === zeroCode && /^0+$/.test(id);
}

const zeroCode = 48;

function hashedSpanId(seed: string): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, 16);
}
