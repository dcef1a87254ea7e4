import type { FakeWrite } from './fake/writes.ts';
import { toDataLine } from './data-format.ts';
import type { WatchedFake } from './watched-fake.ts';

/** How much a fake that runs for days keeps. */
export interface ArchiveLimits {
  readonly traces: number;
  /** Characters of JSON, as in the data file. */
  readonly characters: number;
}

/** What `serve` keeps: some hundred megabytes of memory at most, and about as many runs as a list can be read. */
export const serveLimits: ArchiveLimits = { traces: 10_000, characters: 64 * 1024 * 1024 };

/** Everything that a fake took and still holds, as lines of a data file. */
export interface WriteArchive {
  readonly limits: ArchiveLimits;
  /** In the order of arrival; of one trace, or of all. */
  lines(traceId?: string): readonly string[];
  /** Whether this very write is there already. */
  has(write: FakeWrite): boolean;
  readonly traces: number;
  readonly characters: number;
}

interface Entry {
  /** By line, with its place in the order of arrival. */
  readonly lines: Map<string, number>;
  characters: number;
}

/**
 * Keeps what an empty fake takes from now on. Over a limit the traces that were written to longest ago go, from here and
 * from the fake, until a tenth of the limit is free; the last one written stays, whatever its size.
 */
export function archiveWrites(fake: WatchedFake, limits: ArchiveLimits): WriteArchive {
  // In the order of their last write.
  const entries = new Map<string, Entry>();
  let characters = 0;
  let arrivals = 0;

  function add(write: FakeWrite): void {
    const line = toDataLine(write);
    const entry = entries.get(write.traceId) ?? { lines: new Map<string, number>(), characters: 0 };
    entries.delete(write.traceId);
    entries.set(write.traceId, entry);
    if (entry.lines.has(line)) return;
    entry.lines.set(line, (arrivals += 1));
    entry.characters += line.length;
    characters += line.length;
  }

  function drop(traceIds: ReadonlySet<string>): void {
    for (const traceId of traceIds) {
      characters -= entries.get(traceId)?.characters ?? 0;
      entries.delete(traceId);
    }
  }

  function surplus(): ReadonlySet<string> {
    const chosen = new Set<string>();
    if (entries.size <= limits.traces && characters <= limits.characters) return chosen;
    let rest = characters;
    for (const [traceId, entry] of entries) {
      const left = entries.size - chosen.size;
      if (left <= 1 || (left <= limits.traces * 0.9 && rest <= limits.characters * 0.9)) break;
      chosen.add(traceId);
      rest -= entry.characters;
    }
    return chosen;
  }

  fake.watch((change) => {
    switch (change.type) {
      case 'written': {
        for (const write of change.writes) add(write);
        const traceIds = surplus();
        if (traceIds.size > 0) fake.forget(traceIds);
        return;
      }
      case 'forgotten':
        drop(change.traceIds);
        return;
      default:
        change satisfies never;
    }
  });

  function linesOf(traceId: string | undefined): readonly (readonly [string, number])[] {
    if (traceId !== undefined) return [...(entries.get(traceId)?.lines ?? [])];
    return [...entries.values()]
      .flatMap(({ lines }) => [...lines])
      .toSorted(([, one], [, other]) => one - other);
  }

  return {
    limits,
    lines: (traceId) => linesOf(traceId).map(([line]) => line),
    has: (write) => entries.get(write.traceId)?.lines.has(toDataLine(write)) ?? false,
    get traces() {
      return entries.size;
    },
    get characters() {
      return characters;
    },
  };
}
