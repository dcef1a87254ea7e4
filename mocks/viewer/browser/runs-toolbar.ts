import type { RunSummary } from '../api.ts';
import { button, element } from './dom.ts';
import { plural, toCount } from './format.ts';
import { countShown, type Narrowing } from './run-list.ts';
import { shows, type Show } from './routes.ts';

/** Search and filters above the list. */
export interface RunsToolbar {
  readonly root: HTMLElement;
  readonly search: HTMLInputElement;
  /** Says what is asked for, how many runs each filter has, and how many are shown. */
  show(
    narrowing: Narrowing,
    counted: { readonly runs: readonly RunSummary[]; readonly shown: number },
  ): void;
}

/** What the toolbar starts with, and who hears of it. */
export interface RunsToolbarOptions {
  readonly query: string;
  readonly onSearch: (query: string) => void;
  readonly onShow: (show: Show) => void;
}

const showLabels: Readonly<Record<Show, string>> = {
  all: 'All',
  error: 'Errors',
  incomplete: 'Incomplete',
  in_progress: 'In progress',
  suspended: 'Suspended',
  completed: 'Completed',
};

/** Makes the toolbar. */
export function createRunsToolbar({ query, onSearch, onShow }: RunsToolbarOptions): RunsToolbar {
  const search = element('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search name, conversation, user, error, input …',
    'aria-label': 'Search runs',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  search.value = query;
  search.addEventListener('input', () => onSearch(search.value.trim()));

  const filters = shows.map((show) => {
    const number = element('span', { class: 'number' });
    const pressed = button(`${showLabels[show]} `, { class: `filter filter-${show}` }, () =>
      onShow(show),
    );
    pressed.append(number);
    return { show, number, pressed };
  });
  const count = element('p', { class: 'count', role: 'status' });

  return {
    root: element('div', { class: 'toolbar' }, [
      search,
      element(
        'div',
        { class: 'filters', role: 'group', 'aria-label': 'Show' },
        filters.map(({ pressed }) => pressed),
      ),
      count,
    ]),
    search,
    show(narrowing, { runs, shown }) {
      const counts = countShown(runs, shows);
      for (const { show, number, pressed } of filters) {
        // Written into, not replaced: a click on something that is replaced while the button is down is no click.
        number.textContent = toCount(counts.get(show) ?? 0);
        pressed.setAttribute('aria-pressed', String(show === narrowing.show));
      }
      const isNarrowed = narrowing.show !== 'all' || narrowing.query !== '';
      const all = plural(runs.length, 'run');
      const text = isNarrowed ? `${plural(shown, 'run')} of ${toCount(runs.length)}` : all;
      // A reader of the screen says it again whenever it is written.
      if (count.textContent !== text) count.textContent = text;
    },
  };
}
