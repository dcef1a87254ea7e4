/** A text as it may be kept. */
export interface CleanText {
  readonly text: string;
  /** Its length in UTF-8. */
  readonly bytes: number;
}

/** Longer texts are not remembered: they would hold memory, and seldom come again. In UTF-16 units. */
export const longestRemembered = 2_048;
const slots = 256;

/**
 * Remembers texts that `clean` left as they are, the last one of each length: an agent tells the same messages at each
 * step. One that comes again is compared instead of searched, and all copies share one string.
 *
 * The texts are held weakly, all of them together: one may be cut out of megabytes, which it keeps alive.
 */
export function rememberClean(clean: (text: string) => string): (text: string) => CleanText {
  let held = new WeakRef<CleanText[]>([]);
  const remembered = (): CleanText[] => {
    const known = held.deref();
    if (known !== undefined) return known;
    const fresh: CleanText[] = [];
    held = new WeakRef(fresh);
    return fresh;
  };
  return (text) => {
    const texts = remembered();
    const slot = text.length % slots;
    const known = texts[slot];
    if (known !== undefined && known.text === text) return known;
    const cleaned = clean(text);
    const fresh = { text: cleaned, bytes: Buffer.byteLength(cleaned) };
    // What held a secret is not remembered.
    if (cleaned === text && text.length < longestRemembered) texts[slot] = fresh;
    return fresh;
  };
}
