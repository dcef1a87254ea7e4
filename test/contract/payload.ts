import { formatJson } from './format-json.ts';
import { type SentRequest, writePaths } from './sinks.ts';

/** The requests that carry data, in order. */
export function writesOf(requests: readonly SentRequest[]): readonly SentRequest[] {
  const paths: readonly string[] = Object.values(writePaths);
  return requests.filter(({ method, path }) => method === 'POST' && paths.includes(path));
}

/** What was sent, without what differs from one run or one release to the next, as the text of a JSON file. */
export function toPayloadFile(requests: readonly SentRequest[]): string {
  const writes = writesOf(requests).map(({ path, json }) => ({
    path,
    body: withoutVolatile(json, []),
  }));
  return formatJson(writes);
}

const longestList = 20;

function withoutVolatile(value: unknown, path: readonly string[]): unknown {
  const replacement = placeholders[path.filter((key) => key !== '*').join('.')];
  if (replacement !== undefined && typeof value === 'string') return replacement;
  if (Array.isArray(value)) {
    return abridged(value.map((item) => withoutVolatile(item, [...path, '*'])));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [
    key,
    withoutVolatile(member, [...path, key]),
  ]);
  return Object.fromEntries(members);
}

const placeholders: Readonly<Record<string, string>> = {
  'batch.id': '<envelope id>',
  'metadata.sdk_version': '<version>',
  'resourceSpans.scopeSpans.scope.version': '<version>',
};

function abridged(items: readonly unknown[]): readonly unknown[] {
  if (items.length <= longestList) return items;
  return [...items.slice(0, 4), `<${items.length - 5} more>`, items.at(-1)];
}
