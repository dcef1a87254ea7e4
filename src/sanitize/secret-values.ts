/** What stands in for every secret. */
export const redactedMarker = '[redacted]';

interface SecretShape {
  /** Runs over every text, so it starts at one rare character and looks around from there. */
  readonly hint: string;
  readonly pattern: RegExp;
  readonly replace: (match: string, ...groups: string[]) => string;
}

const wholly = (): string => redactedMarker;

// Tails are greedy and nothing follows them, so a failed attempt is bounded by its minimum length.
const prefixedTokens: readonly string[] = [
  String.raw`(?:sk|pk)-(?:lf|ant|proj|svcacct)-(?=[A-Za-z_-]{0,40}\d)[\w-]{20,}`,
  String.raw`(?<![A-Za-z])(?:sk|pk)-(?:lf|ant|proj|svcacct|admin|or)-[\w-]{4,}`,
  String.raw`(?<![A-Za-z])sk-(?:(?=[A-Za-z_-]{0,40}\d)[\w-]{10,}|[\w-]{24,})`,
  String.raw`(?:sk|pk|rk)_(?:live|test)_\w{4,}`,
  String.raw`gh[pousr]_\w{10,}`,
  String.raw`github_pat_\w{10,}`,
  String.raw`glpat-[\w-]{10,}`,
  String.raw`xox[a-z]-[\w-]{8,}`,
  String.raw`xapp-[\w-]{10,}`,
  String.raw`whsec_[\w+/=]{10,}`,
  String.raw`npm_[A-Za-z0-9]{20,}`,
  String.raw`(?:hf|gsk)_[A-Za-z0-9]{16,}`,
  String.raw`(?:xai|pplx)-[A-Za-z0-9]{20,}`,
  String.raw`tvly-[\w-]{16,}`,
  String.raw`r8_[A-Za-z0-9]{20,}`,
  String.raw`lsv2_\w{20,}`,
  String.raw`shp(?:at|ca|pa|ss)_\w{16,}`,
  String.raw`GOCSPX-[\w-]{10,}`,
  String.raw`(?:AKIA|ASIA)[A-Z0-9]{16,}`,
  String.raw`AIza[\w-]{30,}`,
  String.raw`ya29\.[\w-]{10,}`,
  String.raw`SG\.[\w-]{10,}\.[\w-]{10,}`,
];

// A JSON object in base64url starts with `eyJ`; only the run's first one counts, which keeps this linear.
function redactJwt(run: string): string {
  const segments = run.split('.');
  let start = 0;
  for (let index = 0; index < segments.length - 1; index += 1) {
    const segment = segments[index] ?? '';
    const header = segment.indexOf('eyJ');
    const isHeader = header !== -1 && segment.length - header >= 7;
    if (isHeader && (segments[index + 1] ?? '').length >= 4) {
      return run.slice(0, start + header) + redactedMarker;
    }
    start += segment.length + 1;
  }
  return run;
}

const bearerProse =
  /^(?:tokens?|auth|authentication|authorization|schemes?|credentials?|headers?|format|or|and|of|is|as|in|for|type|instrument|required|realm.*)[.=]?$/i;

function redactBearer(match: string, scheme: string, gap: string, token: string): string {
  // `Bearer` is how headers write it; in lower case a plain word after it is prose.
  const isWord = /^[a-z]{1,15}\.?$/.test(token);
  const isProse = bearerProse.test(token) || (isWord && scheme === 'bearer');
  return isProse ? match : `${scheme}${gap}${redactedMarker}`;
}

function redactBasic(match: string, scheme: string, gap: string, token: string): string {
  const decoded = Buffer.from(token.slice(0, 400), 'base64').toString('utf8');
  // Credentials are printable text with a colon; other bytes are some other text that happens to be base64.
  const isPair = decoded.includes(':') && !/\p{Cc}/u.test(decoded);
  const isReadable = isPair && (token.length > 380 || !decoded.includes('\uFFFD'));
  const isPadded = token.length >= 12 && token.endsWith('=');
  return isReadable || isPadded ? `${scheme}${gap}${redactedMarker}` : match;
}

/** RFC 7468 blocks; one without an end is a secret up to the end of the text. */
function redactPrivateKeys(text: string): string {
  const begins = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
  const ends = /-----END [A-Z0-9 ]{0,60}-----/y;
  const parts: string[] = [];
  let copied = 0;
  for (let begin = begins.exec(text); begin !== null; begin = begins.exec(text)) {
    const dashes = text.indexOf('-----', begins.lastIndex);
    ends.lastIndex = dashes;
    const end = dashes === -1 ? text.length : ends.test(text) ? ends.lastIndex : dashes;
    parts.push(text.slice(copied, begin.index), redactedMarker);
    copied = end;
    begins.lastIndex = end;
  }
  return copied === 0 ? text : parts.join('') + text.slice(copied);
}

const shapes: readonly SecretShape[] = [
  {
    // Dates and ids have these characters too, mostly behind others.
    hint: String.raw`[-_](?<=[a-zX28].)(?<=(?:[spr]k|glpat|xox[a-z]|xapp|xai|pplx|tvly|GOCSPX|gh[pousr]|github_pat|whsec|npm|hf|gsk|r8|lsv2|shp[a-z]{2})[-_])|A(?:KIA|SIA|Iza)|9(?<=ya29)\.|G(?<=SG)\.`,
    pattern: new RegExp(prefixedTokens.join('|'), 'g'),
    replace: wholly,
  },
  {
    hint: 'J(?<=eyJ)',
    pattern: /(?<![\w-])[\w-]+(?:\.[\w-]+)+/g,
    replace: redactJwt,
  },
  {
    hint: '[Bb](?:earer|EARER)(?:[ \\t]|%20|\\+)',
    pattern: /(bearer)([ \t]{1,8}|%20|\+)([\w.~+/=-]{3,})/gi,
    replace: redactBearer,
  },
  {
    hint: '[Bb](?:asic|ASIC)(?:[ \\t]|%20|\\+)',
    pattern: /(basic)([ \t]{1,8}|%20|\+)([\w+/-]{4,}={0,2})/gi,
    replace: redactBasic,
  },
  {
    hint: String.raw`\/(?<=:\/)\/[^\s/?#"'<>\\]+@`,
    // The class excludes "/", so attempts from two "://" never overlap. `git@` is a user every host knows.
    pattern: /:\/\/(?!git@)[^\s/?#"'<>\\`]+@/g,
    replace: () => `://${redactedMarker}@`,
  },
  {
    hint: '[?&](?:sig|[Xx]-[Aa]mz-[Ss]|[Xx]-[Gg]oog-[Ss])',
    pattern: /([?&](?:sig|x-amz-signature|x-goog-signature)=)[^&\s"'<>\\]+/gi,
    replace: (_match, name) => `${name}${redactedMarker}`,
  },
  {
    hint: String.raw`\/(?<=hooks\.slack\.com\/|\/api\/webhooks\/)`,
    pattern:
      /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|\/api\/webhooks\/)[\w-]{6,}(?:\/[\w-]+)*/g,
    replace: (_match, prefix) => `${prefix}${redactedMarker}`,
  },
];

const privateKeyHint = 'B(?<=-----B)EGIN';
/** Pattern of what each text has somewhere that holds a secret of such a shape. */
export const secretShapeHint: string = [privateKeyHint, ...shapes.map(({ hint }) => hint)].join(
  '|',
);
const anyHint = new RegExp(secretShapeHint);
const privateKey = new RegExp(privateKeyHint);
const hinted = shapes.map(({ hint, pattern, replace }) => ({
  hint: new RegExp(hint),
  pattern,
  replace,
}));

/** Replaces secrets that their own shape gives away; the rest of the text stays. Linear in the text's length. */
export function redactSecretShapes(text: string): string {
  if (!anyHint.test(text)) return text;
  let clean = privateKey.test(text) ? redactPrivateKeys(text) : text;
  for (const { hint, pattern, replace } of hinted) {
    if (hint.test(clean)) clean = clean.replace(pattern, replace);
  }
  return clean;
}
