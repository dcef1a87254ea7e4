/** The first few of many, by an order of theirs and not by the order in which they came. */
export interface Firsts<Item> {
  add(item: Item): void;
  /** In order. */
  readonly items: readonly Item[];
}

/** How many, and which come first. */
export interface FirstsOptions<Item> {
  readonly limit: number;
  readonly isBefore: (one: Item, other: Item) => boolean;
}

/** Holds at most `limit` items. */
export function createFirsts<Item>({ limit, isBefore }: FirstsOptions<Item>): Firsts<Item> {
  const items: Item[] = [];
  return {
    items,
    add(item) {
      const last = items.at(-1);
      if (items.length >= limit && (last === undefined || !isBefore(item, last))) return;
      const index = items.findIndex((known) => isBefore(item, known));
      items.splice(index === -1 ? items.length : index, 0, item);
      if (items.length > limit) items.pop();
    },
  };
}
