/** Says whether a key names a secret. Keys keep their own case and separators. */
export type SecretKeyTest = (key: string) => boolean;

const secretWords: ReadonlySet<string> = new Set(
  (
    'password passwords passwd pwd passphrase passphrases passcode secret secrets credential credentials ' +
    'creds cookie cookies authorization authorisation jwt csrf xsrf otp totp'
  ).split(' '),
);
const secretWholeKeys: ReadonlySet<string> = new Set(['auth', 'bearer', 'codeverifier']);

// Joined spellings, also where case gives no word border: `apikey`, `clientsecret`, `aPiKeY`.
const secretPart =
  /password|passwd|passphrase|credential|authori[sz]ation|(?:api|secret|private|access|encryption|decryption|signing|master|ssh|hmac|aes|rsa|pgp|gpg|account|subscription|shared|service|servicerole|functions|license|deploy|webhook|auth|langfuse|openai|anthropic)keys?(?!board|word)/;
const secretEnd =
  /(?:secret|cookies?|(?:access|refresh|auth|bearer|csrf|xsrf|api|secret)tokens?|(?:session|security|user|bot)token)$|^idtokens?$|^token$/;

/** These say something about a secret and are not one: `secret_count`, `tokenType`, `password_policy`. */
const describingWords: ReadonlySet<string> = new Set(
  'count length type name policy required enabled disabled endpoint expiry expires at format strength'.split(
    ' ',
  ),
);
/** Words that may trail a secret's name: `tokenValue`, `PASSWORD_OLD`. */
const qualifiers: ReadonlySet<string> = new Set(
  'value string text raw plain old new current previous backup prod production staging dev test live'.split(
    ' ',
  ),
);
/** `token` after one of these counts or names text, as in `eos_token`, `cost_per_token`, `nextPageToken`. */
const textTokenKinds: ReadonlySet<string> = new Set(
  (
    'per first last next page continuation pagination cursor sync eos bos sos pad unk sep cls mask stop start end ' +
    'special max min input output prompt completion total cached reasoning thinking image audio text each every vocab'
  ).split(' '),
);
/** Only with one of these before it is the plural `tokens` a secret and not a count. */
const credentialTokenKinds: ReadonlySet<string> = new Set(
  'access refresh auth bearer id csrf xsrf api secret'.split(' '),
);
const passOwners: ReadonlySet<string> = new Set(
  'db database smtp user mysql pg postgres redis mail email ftp ssh admin root basic proxy'.split(
    ' ',
  ),
);

const keyLengthLimit = 256;

function toWords(key: string): readonly string[] {
  const bounded = key.length > keyLengthLimit ? key.slice(-keyLengthLimit) : key;
  return splitWords(bounded).filter((word) => word !== '');
}

/** Where a key is split into words. */
interface WordBounds {
  readonly beforeCapital: RegExp;
  readonly beforeLastCapital: RegExp;
  readonly noLetter: RegExp;
}

// V8 takes half a millisecond to compile the patterns about all of Unicode at their first use, and few keys need them.
const asciiBounds: WordBounds = {
  beforeCapital: /([a-z])([A-Z])/g,
  beforeLastCapital: /([A-Z])([A-Z][a-z])/g,
  noLetter: /[^a-z]+/,
};
const unicodeBounds: WordBounds = {
  beforeCapital: /(\p{Ll})(\p{Lu})/gu,
  beforeLastCapital: /(\p{Lu})(\p{Lu}\p{Ll})/gu,
  noLetter: /[^\p{L}]+/u,
};

function splitWords(key: string): readonly string[] {
  const isAscii = !/[^\p{ASCII}]/u.test(key);
  const { beforeCapital, beforeLastCapital, noLetter } = isAscii ? asciiBounds : unicodeBounds;
  return key
    .replaceAll(beforeCapital, '$1 $2')
    .replaceAll(beforeLastCapital, '$1 $2')
    .toLowerCase()
    .split(noLetter);
}

function endsInToken(words: readonly string[]): boolean {
  const last = words.at(-1);
  const owner = words.at(-2) ?? '';
  if (last === 'token') return !textTokenKinds.has(owner);
  if (last === 'tokens') return credentialTokenKinds.has(owner);
  return last === 'pass' && passOwners.has(owner);
}

/** The built-in list: words, not substrings, so that `maxTokens`, `tokenizer` and `secretary` stay readable. */
export function isCommonSecretKey(key: string): boolean {
  const words = toWords(key);
  if (describingWords.has(words.at(-1) ?? '')) return false;
  let count = words.length;
  while (count > 1 && qualifiers.has(words[count - 1] ?? '')) count -= 1;
  const named = words.slice(0, count);
  const joined = named.join('');
  return (
    named.some((word) => secretWords.has(word)) ||
    secretWholeKeys.has(joined) ||
    secretPart.test(joined) ||
    endsInToken(named) ||
    (secretEnd.test(joined) && !textTokenKinds.has(named.at(-2) ?? ''))
  );
}

function toKeyTest(key: string | RegExp): SecretKeyTest {
  if (typeof key === 'string') {
    const wanted = toJoined(key);
    return (candidate) => toJoined(candidate) === wanted;
  }
  const pattern = new RegExp(key.source, key.flags.replaceAll(/[gy]/g, ''));
  return (candidate) => pattern.test(candidate);
}

/** The longest word of a key, as a cheap first search for it in text. */
export function longestWord(key: string): string {
  return toWords(key).reduce(
    (longest, word) => (word.length > longest.length ? word : longest),
    '',
  );
}

function toJoined(key: string): string {
  return key.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** A test for the given keys; strings match whole keys, whatever their case and separators. */
export function createSecretKeyTest(
  keys: readonly (string | RegExp)[],
  base: SecretKeyTest,
): SecretKeyTest {
  const tests = keys.map(toKeyTest);
  return (key) => base(key) || tests.some((test) => test(key));
}
