/** How a list of rows of one height is shown. */
export interface VirtualRowsOptions<Item> {
  /** The element that scrolls. */
  readonly viewport: HTMLElement;
  /** Pixels; the style sheet gives rows the same. */
  readonly rowHeight: number;
  readonly spacerRole: string;
  readonly keyOf: (item: Item) => string;
  readonly create: () => HTMLElement;
  /** Called whenever an item is shown or may have changed. */
  readonly fill: (row: HTMLElement, item: Item, index: number) => void;
}

/** A list of which only what can be seen is in the document, and what is active. */
export interface VirtualRows<Item> {
  /** Shows these. What a person looks at stays where it is when others come before it. */
  show(items: readonly Item[]): void;
  /** Fills the rows again that are in the document. */
  refill(): void;
  /** The row that Tab and the arrow keys lead to; undefined for the first. */
  readonly activeKey: string | undefined;
  setActive(key: string | undefined): void;
  /** Scrolls to the active row and puts the focus there. */
  focusActive(): void;
  /** Scrolls as little as needed. */
  reveal(key: string): void;
  /** How many rows fit. */
  readonly pageLength: number;
  indexOf(key: string | undefined): number;
  dispose(): void;
}

// Rows beyond the edge that are ready when it is scrolled.
const overscan = 6;

/** Makes an empty list in the viewport. */
export function createVirtualRows<Item>(options: VirtualRowsOptions<Item>): VirtualRows<Item> {
  const { viewport, rowHeight, spacerRole, keyOf, create, fill } = options;
  const spacer = document.createElement('div');
  spacer.className = 'spacer';
  spacer.setAttribute('role', spacerRole);
  viewport.append(spacer);

  const rows = new Map<string, HTMLElement>();
  // Taken out of the document and used again: making elements costs more than filling them.
  const spare: HTMLElement[] = [];
  let items: readonly Item[] = [];
  let indexes: ReadonlyMap<string, number> = new Map();
  let activeKey: string | undefined;
  let frame = 0;

  function range(): readonly [number, number] {
    const first = Math.floor(viewport.scrollTop / rowHeight) - overscan;
    const last = Math.ceil((viewport.scrollTop + viewport.clientHeight) / rowHeight) + overscan;
    return [Math.max(0, first), Math.min(items.length, last)];
  }

  function wantedIndexes(): readonly number[] {
    const [first, last] = range();
    const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
    // The active row stays in the document, or the focus would be lost with it.
    const active = activeKey === undefined ? undefined : indexes.get(activeKey);
    if (active === undefined || (active >= first && active < last)) return shown;
    return active < first ? [active, ...shown] : [...shown, active];
  }

  function render(): void {
    const wanted = wantedIndexes();
    const keys = new Set(wanted.map((index) => keyAt(index)));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.remove();
      rows.delete(key);
      spare.push(row);
    }
    let before = spacer.firstElementChild;
    for (const index of wanted) before = place(index, before);
  }

  /** Puts a row before an element, which gives the element that the next one comes before. */
  function place(index: number, before: Element | null): Element | null {
    const [item, key] = [items[index], keyAt(index)];
    if (item === undefined || key === undefined) return before;
    const row = rows.get(key) ?? spare.pop() ?? create();
    rows.set(key, row);
    row.style.transform = `translateY(${index * rowHeight}px)`;
    row.tabIndex = index === Math.max(0, indexes.get(activeKey ?? '') ?? 0) ? 0 : -1;
    row.dataset['key'] = key;
    fill(row, item, index);
    if (row === before) return row.nextElementSibling;
    spacer.insertBefore(row, before);
    return before;
  }

  function keyAt(index: number): string | undefined {
    const item = items[index];
    return item === undefined ? undefined : keyOf(item);
  }

  function renderSoon(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(render);
  }

  function reveal(key: string): void {
    const index = indexes.get(key);
    if (index === undefined) return;
    const [top, height] = [index * rowHeight, viewport.clientHeight];
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + rowHeight > viewport.scrollTop + height) {
      viewport.scrollTop = top + rowHeight - height;
    }
  }

  viewport.addEventListener('scroll', renderSoon, { passive: true });
  const resized = new ResizeObserver(renderSoon);
  resized.observe(viewport);

  return {
    show(next) {
      const firstSeen = Math.floor(viewport.scrollTop / rowHeight);
      const anchor = firstSeen > 0 ? keyAt(firstSeen) : undefined;
      items = next;
      indexes = new Map(next.map((item, index) => [keyOf(item), index]));
      spacer.style.height = `${items.length * rowHeight}px`;
      const moved = anchor === undefined ? undefined : indexes.get(anchor);
      if (moved !== undefined && moved !== firstSeen) {
        viewport.scrollTop += (moved - firstSeen) * rowHeight;
      }
      render();
    },
    refill: render,
    get activeKey() {
      return activeKey ?? keyAt(0);
    },
    setActive(key) {
      activeKey = key;
      if (key !== undefined) reveal(key);
      render();
    },
    focusActive() {
      const key = activeKey ?? keyAt(0);
      if (key === undefined) return;
      reveal(key);
      render();
      rows.get(key)?.focus({ preventScroll: true });
    },
    reveal,
    get pageLength() {
      return Math.max(1, Math.floor(viewport.clientHeight / rowHeight) - 1);
    },
    indexOf: (key) => (key === undefined ? -1 : (indexes.get(key) ?? -1)),
    dispose() {
      cancelAnimationFrame(frame);
      viewport.removeEventListener('scroll', renderSoon);
      resized.disconnect();
    },
  };
}
