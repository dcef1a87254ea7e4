/** HTML that is safe to put into a page as it is. */
export interface Html {
  readonly html: string;
}

/** A page's template, whose values are escaped unless they are Html; lists are joined. */
export function markup(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const text = strings.map((part, index) => part + toHtml(values[index] ?? '')).join('');
  return { html: text };
}

/** Nothing. */
export const none: Html = { html: '' };

function toHtml(value: string | number | Html | readonly Html[]): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(value);
  return 'html' in value ? value.html : value.map(({ html: text }) => text).join('');
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
