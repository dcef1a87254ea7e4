import type { DiagnosticListener } from './diagnostics.ts';
import { checkedOutcomes } from './outcomes.ts';
import type { LifecycleRecord } from './records.ts';
import type { Outcome, Sink } from './sink.ts';

/** A sink whose faults are diagnostics: nothing in it rejects. */
export interface GuardedSink {
  /** One outcome per record; when the sink fails each of them is to be tried again. */
  send(records: readonly LifecycleRecord[], signal: AbortSignal): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}

/** Guards a sink, which may be anybody's. */
export function guardedSink(sink: Sink, diagnose: DiagnosticListener): GuardedSink {
  const tell = (message: string): void =>
    diagnose({ code: 'internal', severity: 'error', message });
  return {
    async send(records, signal) {
      try {
        return checkedOutcomes(await sink.send(records, { signal }));
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        tell(
          `The sink ${sink.name} failed (${cause}); its ${records.length} records are kept and tried again.`,
        );
        return records.map(() => ({ type: 'retry' }));
      }
    },
    async close() {
      try {
        await sink.close?.();
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        tell(`The sink ${sink.name} could not be closed (${cause}).`);
      }
    },
  };
}
