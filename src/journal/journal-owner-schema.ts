import { z } from 'zod';
import { journalVersion } from './journal-line.ts';
import type { JournalOwner } from './journal-owner.ts';

/** What an owner file holds: another process wrote it, perhaps another version of this one. */
export const ownerSchema: z.ZodType<JournalOwner & { readonly journal: typeof journalVersion }> =
  z.object({
    journal: z.literal(journalVersion),
    pid: z.number().int().positive(),
    host: z.string(),
    pidSpace: z.string().exactOptional(),
    startTicks: z.string().exactOptional(),
    startedAt: z.number(),
    instance: z.string(),
  });
