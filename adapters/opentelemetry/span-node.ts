import type { ObservationKind, Place } from '../../src/index.ts';
import type { SpanPosition, TracedSpan } from './span.ts';
import type { RunObservations } from './run-observations.ts';

/** A run with spans in it, and what was seen in it. */
export interface RunNotes {
  readonly runId: string;
  /** The run around it. */
  readonly outer: RunNotes | undefined;
  /** What its span called it at its start. */
  readonly name: string;
  /** Whether an agent inside may give it a name, because its own is only a word of its framework. */
  isNamed: boolean;
  conversation: string | undefined;
  hasUser: boolean;
  /** Undefined for a run whose ending is not ours to tell, and when it has been told. */
  seen: RunObservations | undefined;
}

/** The notes of a run in which nothing has been seen. A foreign one was started by the program: it has its name and user. */
export function createNotes(
  run: Pick<RunNotes, 'runId' | 'outer' | 'name'> & { readonly isForeign: boolean },
): RunNotes {
  const { isForeign, ...rest } = run;
  return {
    ...rest,
    isNamed: isForeign,
    conversation: undefined,
    hasUser: isForeign,
    seen: isForeign ? undefined : { toolsUsed: [] },
  };
}

/** What became of a span: undecided spans are waited for, because many say what they are only after they started. */
export type SpanRecord =
  | { readonly type: 'undecided' }
  | { readonly type: 'run'; readonly notes: RunNotes }
  /** A call of a model with no run around: the step, and the run that was made for it. */
  | {
      readonly type: 'lone';
      readonly kind: ObservationKind;
      readonly stepId: string;
      readonly notes: RunNotes;
    }
  | {
      readonly type: 'step';
      readonly kind: ObservationKind;
      readonly stepId: string;
      readonly runId: string;
    }
  | { readonly type: 'left-out' };

/** A span that is or was open. */
export interface SpanNode {
  readonly position: SpanPosition;
  record: SpanRecord;
  /** The span, until it is decided what it is. */
  span: TracedSpan | undefined;
  /** The span above, until the same moment. */
  above: SpanNode | undefined;
  /** Where spans below it belong; before it is decided, where the span itself does. */
  place: Place | undefined;
  /** The run of the place. */
  notes: RunNotes | undefined;
}

/** Spans by their ids: all that are open, and for those that come late the ones that ended last. */
export interface SpanNodes {
  get(ids: { readonly traceId: string; readonly spanId: string }): SpanNode | undefined;
  add(node: SpanNode): void;
  end(node: SpanNode): void;
  open(): readonly SpanNode[];
  clear(): void;
}

// Spans that are never ended stay in memory until then.
const maxOpen = 20_000;
const maxEnded = 5_000;

/** Bounded: beyond it the oldest are forgotten, and what comes of them later stands for itself. */
export function createSpanNodes(): SpanNodes {
  const open = new Map<string, SpanNode>();
  const ended = new Map<string, SpanNode>();
  return {
    get(ids) {
      const key = toKey(ids);
      return open.get(key) ?? ended.get(key);
    },
    add(node) {
      open.set(toKey(node.position), node);
      forgetOldest(open, maxOpen);
    },
    end(node) {
      const key = toKey(node.position);
      open.delete(key);
      if (node.place === undefined) return;
      ended.set(key, node);
      forgetOldest(ended, maxEnded);
    },
    open: () => [...open.values()],
    clear() {
      open.clear();
      ended.clear();
    },
  };
}

function toKey({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}/${spanId}`;
}

/** Keeps the newest entries. */
export function forgetOldest(entries: Map<string, unknown>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
