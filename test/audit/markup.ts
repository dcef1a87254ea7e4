/** An element of a page. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, without that of the elements in it. */
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
};

const token =
  /<!DOCTYPE html>|<\/([a-z][a-z0-9]*)>|<([a-z][a-z0-9]*)((?:\s+[a-zA-Z][\w:-]*="[^"<]*")*)\s*(\/?)>/y;

/**
 * The elements of a page that keeps the rules of XML, in order of their beginnings. Throws at the first thing that does
 * not: a tag that is not closed or closed twice, a bare `<` or `&`, an attribute without quotes, the same id twice.
 */
export function elementsOf(page: string): readonly Element[] {
  const elements: { name: string; attributes: Record<string, string>; text: string }[] = [];
  const open: (typeof elements)[number][] = [];
  const ids = new Set<string>();
  let position = 0;
  while (position < page.length) {
    const next = page.indexOf('<', position);
    const text = page.slice(position, next === -1 ? page.length : next);
    const inside = open.at(-1);
    if (inside !== undefined) inside.text += inside.name === 'style' ? text : decoded(text);
    else if (text.trim() !== '') throw new Error(`Text outside of the page: ${text}`);
    if (next === -1) break;
    token.lastIndex = next;
    const match = token.exec(page);
    if (match === null) throw new Error(`Not a tag: ${page.slice(next, next + 80)}`);
    const [whole, closing, name, attributes = '', slash] = match;
    position = next + whole.length;
    if (closing !== undefined) {
      const closed = open.pop();
      if (closed?.name !== closing) throw new Error(`</${closing}> closes <${closed?.name}>.`);
    } else if (name !== undefined) {
      const element = { name, attributes: attributesOf(attributes), text: '' };
      const { id } = element.attributes;
      if (id !== undefined && ids.has(id)) throw new Error(`The id ${id} is there twice.`);
      if (id !== undefined) ids.add(id);
      elements.push(element);
      if (slash === '') open.push(element);
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)?.name}> is never closed.`);
  return elements;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = Array.from(text.matchAll(/([a-zA-Z][\w:-]*)="([^"]*)"/g), ([, name, value]) => [
    name,
    decoded(value ?? ''),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function decoded(text: string): string {
  return text.replaceAll(/&([^;]{0,8});?/g, (whole, name: string) => {
    const character = entities[name];
    if (character === undefined) throw new Error(`Not an entity: ${whole}`);
    return character;
  });
}
