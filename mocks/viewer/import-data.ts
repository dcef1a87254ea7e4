import { parseData } from '../data-format.ts';
import type { WatchedFake } from '../watched-fake.ts';
import type { WriteArchive } from '../write-archive.ts';
import type { ImportReport } from './api.ts';

/** Where an import goes. */
export interface ImportTarget {
  readonly fake: WatchedFake;
  readonly archive: WriteArchive;
}

/** Adds the writes of a data file; what is there already stays as it is. Throws a DataFormatError, and nothing is added. */
export function importData(text: string, { fake, archive }: ImportTarget): ImportReport {
  const { writes } = parseData(text);
  const added = writes.filter((write) => !archive.has(write));
  for (const write of added) fake.replay(write);
  return {
    writes: added.length,
    traces: new Set(added.map(({ traceId }) => traceId)).size,
    known: writes.length - added.length,
  };
}
