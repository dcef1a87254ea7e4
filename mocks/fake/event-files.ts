import type { IngestionEvent } from './ingestion-schema.ts';

/** What a legacy event is about; each of these is put together from its events. */
export interface Entity {
  readonly kind: 'trace' | 'observation' | 'score';
  readonly id: string;
}

/** The events of one kind. */
export type EventOf<Kind extends IngestionEvent['kind']> = Extract<
  IngestionEvent,
  { readonly kind: Kind }
>;

/** The blob store in front of the v1 tables: it keeps every event, in files by entity. */
export interface EventFiles {
  /** Stores the events of one request and says which entities they are about. */
  store(events: readonly IngestionEvent[]): readonly Entity[];
  /** All events about an entity, in the order in which the store lists their files: by name. */
  list<Kind extends Entity['kind']>(entity: Entity, kind: Kind): readonly EventOf<Kind>[];
  /** Deletes the files of an entity. */
  drop(entity: Entity): void;
}

/** An empty store. */
export function createEventFiles(): EventFiles {
  const files = new Map<string, Map<string, readonly IngestionEvent[]>>();

  return {
    store(events) {
      const groups = groupByEntity(events);
      for (const { key, events: group } of groups) {
        const stored = files.get(key) ?? new Map<string, readonly IngestionEvent[]>();
        // A file is named after its first event: a reused envelope id replaces what it held.
        stored.set(group[0]?.id ?? '', group);
        files.set(key, stored);
      }
      return groups.map(({ entity }) => entity);
    },
    list(entity, kind) {
      const stored = files.get(keyOf(entity)) ?? new Map<string, readonly IngestionEvent[]>();
      return [...stored]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .flatMap(([, events]) => events)
        .filter((event): event is EventOf<typeof kind> => event.kind === kind);
    },
    drop: (entity) => void files.delete(keyOf(entity)),
  };
}

interface EntityGroup {
  readonly key: string;
  readonly entity: Entity;
  readonly events: readonly IngestionEvent[];
}

function groupByEntity(events: readonly IngestionEvent[]): readonly EntityGroup[] {
  const groups = new Map<string, EntityGroup>();
  for (const event of events) {
    // An event without an entity id is acknowledged and dropped, as on the real server.
    if (event.kind === 'log' || !event.body.id) continue;
    const entity = { kind: event.kind, id: event.body.id };
    const key = keyOf(entity);
    groups.set(key, { key, entity, events: [...(groups.get(key)?.events ?? []), event] });
  }
  return [...groups.values()];
}

function keyOf({ kind, id }: Entity): string {
  return `${kind} ${id}`;
}
