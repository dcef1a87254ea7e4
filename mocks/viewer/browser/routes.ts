/** Which runs the list shows. */
export type Show = 'all' | 'in_progress' | 'error' | 'incomplete' | 'completed' | 'suspended';

/** What the page shows, as its address says it. */
export type Route =
  | { readonly view: 'runs'; readonly show: Show; readonly query: string }
  | { readonly view: 'run'; readonly id: string; readonly step: string | undefined }
  | { readonly view: 'conversation'; readonly id: string };

/** Every filter, in the order of the page. */
export const shows: readonly Show[] = [
  'all',
  'error',
  'incomplete',
  'in_progress',
  'suspended',
  'completed',
];

/** Reads the part of an address from `#` on; what it does not know is the list of all runs. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const [kind, id, part, step] = path.split('/').slice(1).map(decode);
  if (kind === 'runs' && id) {
    return { view: 'run', id, step: part === 'steps' ? (step ?? undefined) : undefined };
  }
  if (kind === 'conversations' && id) return { view: 'conversation', id };
  const parameters = new URLSearchParams(search);
  const show = shows.find((name) => name === parameters.get('show')) ?? 'all';
  return { view: 'runs', show, query: parameters.get('search') ?? '' };
}

/** The address of a route. */
export function toHash(route: Route): string {
  switch (route.view) {
    case 'runs': {
      const parameters = new URLSearchParams();
      if (route.show !== 'all') parameters.set('show', route.show);
      if (route.query !== '') parameters.set('search', route.query);
      const search = parameters.toString();
      return search === '' ? '#/' : `#/?${search}`;
    }
    case 'run': {
      const step = route.step === undefined ? '' : `/steps/${encode(route.step)}`;
      return `#/runs/${encode(route.id)}${step}`;
    }
    case 'conversation':
      return `#/conversations/${encode(route.id)}`;
    default:
      return route satisfies never;
  }
}

// Ids are anybody's text; half a pair would make encodeURIComponent throw.
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
