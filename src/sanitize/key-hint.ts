// One of: pass pwd otp, key token cookie, cred secret, auth, bearer, csrf xsrf verifier, jwt. Each is found by a letter
// that is rare in texts, with a look around from there: a third of the time of a search for the words themselves.
const commonWords =
  'p(?:ass|wd|(?<=otp))|k(?:ey|(?<=tok)en|(?<=cook)ie)|c(?:red|(?<=sec)ret)|u(?<=au)th|bearer|f(?:(?<=[cx]srf)|(?<=verif)ier)|jwt';

/** A word in each key of the built-in list, as a pattern. */
export const commonKeyWords: readonly string[] = [commonWords];

// What stands between a word of a key and its value: in quotes, plain, in an element, in a flag.
const endOfKey = new RegExp(
  [
    String.raw`(?:[^"]{0,96}"|[^']{0,96}'|[^\x60]{0,96}\x60|[\w$.\-[\]\u{80}-\u{10ffff}]{0,64}(?: keys?)?)[ \t]{0,8}[:=]`,
    String.raw`[\w.-]{0,64}>`,
    String.raw`(?<=--[\w-]{0,64})[\w-]{0,64}[ \t]`,
  ].join('|'),
  'iuy',
);

/** So many words of prose are told apart from keys; a look at each key costs less than one at many words. */
const mostWords = 8;

/**
 * Whether a text may have a key with one of the words in it, as patterns in lower case. False is certain: it spares a text
 * the look at each of its keys, and most texts with separators have none of the words, or only in their prose.
 */
export function createKeyHint(words: readonly string[]): (text: string) => boolean {
  const word = new RegExp(words.length === 0 ? '(?!)' : words.join('|'), 'giu');
  return (text) => {
    word.lastIndex = 0;
    for (let count = 0; count < mostWords; count += 1) {
      if (!word.test(text)) return false;
      endOfKey.lastIndex = word.lastIndex;
      if (endOfKey.test(text)) return true;
    }
    return true;
  };
}
