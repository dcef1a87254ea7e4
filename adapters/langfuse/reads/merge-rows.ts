import type { AuditRow } from './audit-row.ts';

/** Joins lists that each have the latest row first to one such list, with one page of each in memory. */
export async function* mergeLatestFirst(
  lists: readonly AsyncIterable<AuditRow>[],
): AsyncGenerator<AuditRow> {
  const readers = lists.map((list) => list[Symbol.asyncIterator]());
  const heads: (AuditRow | undefined)[] = [];
  for (const reader of readers) heads.push(await nextOf(reader));
  for (;;) {
    const index = indexOfLatest(heads);
    const row = heads[index];
    const reader = readers[index];
    if (row === undefined || reader === undefined) return;
    yield row;
    heads[index] = await nextOf(reader);
  }
}

async function nextOf(reader: AsyncIterator<AuditRow>): Promise<AuditRow | undefined> {
  const { done, value } = await reader.next();
  return done === true ? undefined : value;
}

function indexOfLatest(heads: readonly (AuditRow | undefined)[]): number {
  let latest = -1;
  for (const [index, head] of heads.entries()) {
    if (head !== undefined && (latest === -1 || head.time > (heads[latest]?.time ?? -Infinity))) {
      latest = index;
    }
  }
  return latest;
}
