import { button, element } from './dom.ts';
import { toJsonLines, type JsonLimits, type JsonLine } from './json-lines.ts';

const everything: JsonLimits = {
  lines: Number.POSITIVE_INFINITY,
  characters: Number.POSITIVE_INFINITY,
};

/** A value as formatted JSON, with a heading, a button to copy it, and one to see all of it when it is long. */
export function jsonSection(
  title: string,
  value: unknown,
  limits: JsonLimits = { lines: 400, characters: 5000 },
): HTMLElement {
  const heading = element('h4', {}, [title]);
  const code = element('pre', { class: 'code', tabindex: 0, 'aria-label': title, role: 'region' });
  const copy = button('Copy', { class: 'quiet', 'aria-label': `Copy ${title}` }, () => {
    void copyText(typeof value === 'string' ? value : JSON.stringify(value, null, 2)).then(
      (outcome) => {
        copy.textContent = outcome;
      },
    );
  });
  const section = element('section', { class: 'json' }, [
    element('div', { class: 'json-head' }, [heading, copy]),
    code,
  ]);
  const { lines, isCut } = toJsonLines(value, limits);
  code.replaceChildren(...lines.map(toLine));
  if (isCut) {
    const more = button('Show everything', { class: 'more' }, () => {
      code.replaceChildren(...toJsonLines(value, everything).lines.map(toLine));
      more.remove();
      code.focus();
    });
    section.append(more);
  }
  return section;
}

function toLine({ indent, tokens }: JsonLine): HTMLElement {
  const line = element('div', { class: 'line' });
  line.style.paddingInlineStart = `${indent * 2 + 2}ch`;
  for (const { kind, text } of tokens) {
    line.append(kind === 'mark' ? text : element('span', { class: `json-${kind}` }, [text]));
  }
  // An empty line has no height.
  if (line.textContent === '') line.append('\u200B');
  return line;
}

/** Copies, and says what came of it. */
export async function copyText(text: string): Promise<'Copied' | 'Not copied'> {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied';
  } catch {
    // Without a secure context (another machine's address) a page may not.
    return 'Not copied';
  }
}
