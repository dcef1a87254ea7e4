const letters = 'aB3dE5gH7jK9mN1pQ4sT6vW8xY2zC0fG';

/** `count` characters of an alphabet that every token format allows. */
function filler(count: number): string {
  return letters.repeat(Math.ceil(count / letters.length)).slice(0, count);
}

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const jwt = [base64Url({ alg: 'HS256' }), base64Url({ sub: 'user-1' }), filler(43)].join('.');
const basicPair = Buffer.from('user:hunter2').toString('base64');
const dashes = '-'.repeat(5);

/**
 * One made-up secret per format that is recognised by its shape.
 * Put together at run time: written out, they would set off every scanner that reads this repository.
 */
export const shapedSecrets: Readonly<Record<string, string>> = {
  openai: ['sk', filler(48)].join('-'),
  'openai project': ['sk', 'proj', filler(40)].join('-'),
  anthropic: ['sk', 'ant', 'api03', filler(40)].join('-'),
  'langfuse secret': ['sk', 'lf', '12345678-1234-4234-8234-123456789abc'].join('-'),
  'langfuse public': ['pk', 'lf', '12345678-1234-4234-8234-123456789abc'].join('-'),
  'stripe secret': ['sk', 'live', filler(24)].join('_'),
  'stripe public': ['pk', 'live', filler(24)].join('_'),
  'github personal': ['ghp', filler(36)].join('_'),
  'github oauth': ['gho', filler(36)].join('_'),
  'github server': ['ghs', filler(36)].join('_'),
  'github fine-grained': ['github_pat', filler(22), filler(59)].join('_'),
  'slack bot': ['xoxb', '123456789012', filler(24)].join('-'),
  'slack user': ['xoxp', '123456789012', filler(24)].join('-'),
  'aws access key': ['AKIA', 'ABCDEFGH23456789'].join(''),
  'aws session key': ['ASIA', 'ABCDEFGH23456789'].join(''),
  'google api key': `AIza${filler(35)}`,
  'google oauth': `ya29.${filler(60)}`,
  'hugging face': ['hf', filler(34)].join('_'),
  jwt,
  'private key': `${dashes}BEGIN RSA PRIVATE KEY${dashes}\n${filler(64)}\n${dashes}END RSA PRIVATE KEY${dashes}`,
};

/** Secrets that need the word before them; the first part stays, the second goes. */
export const introducedSecrets: Readonly<Record<string, readonly [string, string]>> = {
  bearer: ['Bearer ', filler(24)],
  'bearer in lower case': ['bearer ', filler(24)],
  basic: ['Basic ', basicPair],
  'user info of a URL': ['https://', `user:hunter2${filler(6)}`],
};
