/** A request target taken apart; a parameter that stands twice is a list. */
export interface RequestUrl {
  readonly pathname: string;
  readonly search: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
}

/** Takes a target such as `/api/public/traces?limit=1` apart. */
export function parseTarget(target: string): RequestUrl {
  const mark = target.indexOf('?');
  const pathname = mark === -1 ? target : target.slice(0, mark);
  const search = mark === -1 ? '' : target.slice(mark);
  const query = new Map<string, string | readonly string[]>();
  for (const [key, value] of new URLSearchParams(search)) {
    const known = query.get(key);
    query.set(key, known === undefined ? value : [known, value].flat());
  }
  return { pathname, search, query: Object.fromEntries(query) };
}

/** The path without doubled and trailing slashes, which the real server redirects to. */
export function canonicalPath(pathname: string): string {
  const single = pathname.replaceAll(/\/{2,}/g, '/');
  return single.length > 1 ? single.replace(/\/$/, '') : single;
}

/** A path part as it was before encoding; what cannot be decoded stays as it is. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
