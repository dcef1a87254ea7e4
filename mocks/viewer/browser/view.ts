import type { RunList } from './run-list.ts';
import type { Route } from './routes.ts';

/** What a view may do to the page around it. */
export interface Stage {
  readonly list: RunList;
  /** Goes somewhere; `replace` leaves no trace in the history. */
  go(route: Route, history?: 'push' | 'replace'): void;
  /** The list as it was narrowed when it was left. */
  listRoute(): Route;
  /** Has a reader of the screen say something. */
  announce(text: string): void;
}

/** One of the things that the page shows. */
export interface View {
  readonly root: HTMLElement;
  readonly title: string;
  /** The runs of these ids have changed or are gone; undefined when it may be any. */
  update(ids: ReadonlySet<string> | undefined): void;
  /** Called each second, for durations that grow. */
  tick(): void;
  /** Shows another route of the same thing; false when it is another thing. */
  accept(route: Route): boolean;
  focus(): void;
  /** True when it has done something about the key. */
  onKey(event: KeyboardEvent): boolean;
  dispose(): void;
}
