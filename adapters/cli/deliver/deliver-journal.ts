import { createLifecycle } from '../../../src/index.ts';
import { langfuse } from '../../langfuse/index.ts';
import type { RecoverOptions, RecoveryReport } from './command.ts';

/** Takes over what dead processes left in a journal, and sends it to the Langfuse of the environment. */
export async function deliverJournal({
  directory,
  timeoutMs,
}: RecoverOptions): Promise<RecoveryReport> {
  const lifecycle = createLifecycle({ sink: langfuse(), journalDirectory: directory });
  const {
    recoveredRuns = 0,
    delivered,
    pending,
    dropped,
  } = await lifecycle.shutdown({ timeoutMs });
  return { recoveredRuns, delivered, pending, dropped };
}
