const width = 100;

/** JSON in which what fits on a line stands on one: short enough to be read, stable enough to be compared. */
export function formatJson(value: unknown): string {
  return `${format(value, { indent: '', column: 0 })}\n`;
}

interface Place {
  readonly indent: string;
  /** Characters that stand on the line already. */
  readonly column: number;
}

function format(value: unknown, { indent, column }: Place): string {
  const line = onOneLine(value);
  if (typeof value !== 'object' || value === null) return line;
  if (column + line.length < width && !holdsSeveralObjects(value)) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => format(item, { indent: inner, column: inner.length }))
    : Object.entries(value).map(([key, member]) => {
        const label = `${JSON.stringify(key)}: `;
        return `${label}${format(member, { indent: inner, column: inner.length + label.length })}`;
      });
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}: ${onOneLine(member)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

// As the formatter of this repository has it.
function holdsSeveralObjects(value: object): boolean {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((item) => typeof item === 'object' && item !== null && Object.keys(item).length > 1)
  );
}
