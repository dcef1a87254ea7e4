import { formatCount } from '../sanitize/format-count.ts';

/** Text that arrives in pieces, of which no more than a bound is kept. */
export interface StreamText {
  /** Takes text, or bytes that may be the UTF-8 of one. */
  add(piece: string | Uint8Array): void;
  /** What was kept; a mark says how much there was when that is not all. Undefined when nothing came. */
  result(): string | undefined;
}

/** Left out before a cut: the start of a secret that continues after it would not be recognised as one. */
const doubtfulEnd = 512;

/** `limit` is in UTF-16 units and must be over 512. */
export function createStreamText(limit: number): StreamText {
  const decode = createByteDecoder();
  let kept = '';
  let total = 0;
  let binaryBytes = 0;
  let isTouched = false;

  function append(text: string): void {
    total += text.length;
    if (kept.length < limit) kept += text.slice(0, limit - kept.length);
  }

  return {
    add(piece) {
      isTouched = true;
      const text = typeof piece === 'string' ? piece : decode(piece);
      if (text !== undefined) append(text);
      else if (typeof piece !== 'string') binaryBytes += piece.byteLength;
    },
    result() {
      if (!isTouched) return undefined;
      const text = total > limit ? marked(kept.slice(0, limit - doubtfulEnd), total) : kept;
      return binaryBytes > 0 ? `${text}[binary ${formatCount(binaryBytes)} bytes]` : text;
    },
  };
}

// The sanitizer knows this mark and does not cut a text that ends in it a second time.
function marked(text: string, total: number): string {
  return `${text}[truncated ${formatCount(total)} → ${formatCount(text.length)} chars]`;
}

/** Gives the text of bytes that come one after the other; undefined from the first ones on that are no text. */
export function createByteDecoder(): (bytes: Uint8Array) => string | undefined {
  // Made when bytes come: most streams have none.
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isBinary = false;
  return (bytes) => {
    if (isBinary) return undefined;
    try {
      decoder ??= new TextDecoder('utf-8', { fatal: true });
      const text = decoder.decode(bytes, { stream: true });
      if (!text.includes('\0')) return text;
    } catch {
      // Not UTF-8, or memory that cannot be decoded.
    }
    isBinary = true;
    return undefined;
  };
}
