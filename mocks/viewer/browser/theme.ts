/** How the page looks: as the system has it, or as a person chose. */
export type Theme = 'system' | 'light' | 'dark';

const name = 'langfuse-lifecycle-theme';
const order: readonly Theme[] = ['system', 'light', 'dark'];

/** What was chosen before. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(name);
    return order.find((theme) => theme === kept) ?? 'system';
  } catch {
    // A browser may forbid to keep anything.
    return 'system';
  }
}

/** Shows the page so. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(name, theme);
  } catch {
    // It lasts until the page is left.
  }
}

/** The one that comes after it. */
export function nextTheme(theme: Theme): Theme {
  return order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
}
