/** Attributes by name; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** What an element holds. Text is always text: nothing is ever parsed as markup. */
export type Content = Node | string;

/** Makes an element. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  content: readonly Content[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...content);
  return made;
}

/** A button that does something. */
export function button(
  label: string,
  attributes: Attributes,
  onClick: () => void,
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, [label]);
  made.addEventListener('click', onClick);
  return made;
}

/** A small picture that says by its shape what its color says too. */
export type IconName =
  | 'completed'
  | 'error'
  | 'suspended'
  | 'in_progress'
  | 'ended'
  | 'chevron'
  | 'complete'
  | 'incomplete'
  | 'open';

const paths: Readonly<Record<IconName, string>> = {
  completed: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM5 8.2l2.1 2.1L11 6.2',
  error: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
  suspended: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM6.3 5.6v4.8M9.7 5.6v4.8',
  in_progress: 'M8 1.5a6.5 6.5 0 1 1-6.5 6.5',
  ended: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z',
  chevron: 'M6 4l4 4l-4 4',
  complete: 'M3.5 8.4l3 3l6-6.6',
  incomplete: 'M8 2L1.8 13.5h12.4zM8 6.5v3.2M8 11.4v.4',
  open: 'M4 8h.2M8 8h.2M12 8h.2',
};

/** Makes a picture; the words beside it say the same, so that readers of the screen need not hear it. */
export function icon(name: IconName): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const picture = document.createElementNS(namespace, 'svg');
  for (const [key, value] of [
    ['viewBox', '0 0 16 16'],
    ['class', `icon icon-${name}`],
    ['aria-hidden', 'true'],
  ] as const) {
    picture.setAttribute(key, value);
  }
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', paths[name]);
  picture.append(path);
  return picture;
}

/** Whether a key event is for a field that takes text. */
export function isTyping({ target }: Event): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
