import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';
import { introducedSecrets, shapedSecrets } from './made-up-secrets.ts';

const { snapshot, text } = createSanitizer();
const jwt = shapedSecrets['jwt'] ?? '';

describe('secrets by their shape', () => {
  it.each(Object.entries(shapedSecrets))(
    'redacts %s and leaves the text around it',
    (_name, secret) => {
      const copy = snapshot(`before ${secret} after`);

      expect(copy.value).toBe('before [redacted] after');
    },
  );

  it.each(Object.entries(shapedSecrets))('redacts %s that stands alone', (_name, secret) => {
    expect(snapshot(secret).value).toBe('[redacted]');
    expect(text(secret, 200)).toBe('[redacted]');
  });

  it.each(Object.entries(shapedSecrets))('redacts %s in an object key', (_name, secret) => {
    const copy = snapshot({ [secret]: 1 });

    expect(Object.keys(copy.value ?? {})).toEqual(['[redacted]']);
  });

  it.each(Object.entries(introducedSecrets))(
    'redacts %s and leaves its introduction',
    (_name, parts) => {
      const [introduction, secret] = parts;

      const copy = snapshot(`call ${introduction}${secret}@host.example now`);

      expect(copy.value).toMatch(
        /^call (Bearer |bearer |Basic |https:\/\/)\[redacted\]@host\.example now$/,
      );
    },
  );

  it('tells two redacted keys apart', () => {
    const copy = snapshot({ [`${jwt}1`]: 1, [`${jwt}2`]: 2, [`${jwt}3`]: 3, [`${jwt}4`]: 4 });

    expect(copy.value).toEqual({
      '[redacted]': 1,
      '[redacted] (2)': 2,
      '[redacted] (3)': 3,
      '[redacted] (4)': 4,
    });
  });

  it('redacts an unfinished private key up to the end', () => {
    const copy = snapshot(`key: ${'-'.repeat(5)}BEGIN PRIVATE KEY${'-'.repeat(5)}\nMIIE`);

    expect(copy.value).toBe('key: [redacted]');
  });

  it('redacts a private key written with escaped line breaks', () => {
    const pem = JSON.stringify({ pem: shapedSecrets['private key'], city: 'Paris' });

    expect(snapshot(pem).value).toBe('{"pem":"[redacted]","city":"Paris"}');
  });

  it('redacts the user info of a URL object', () => {
    const copy = snapshot(new URL('https://user:hunter2@host.example/path?api_key=abc&page=2'));

    expect(copy.value).toBe('https://[redacted]@host.example/path?api_key=[redacted]&page=2');
  });

  it.each([
    'a task-force of risk-averse people uses sk-learn and sk-loading-dots',
    'The bearer of bad news. A Bearer token is sent with Basic authentication.',
    'basic understanding of basic arithmetic: 2 + 2 = 4',
    'https://example.com/@user/post?email=ann@example.com',
    'git+ssh://git@github.com/owner/repo.git',
    'write to ann@example.com at 12:30 about max_tokens: 100 and tokens=5',
    'a file named my.long.dotted.name.ts in C:\\temp',
    'color: red; std::token::new; http://localhost:3000/path',
    '123e4567-e89b-42d3-a456-426614174000',
    'The AKIA prefix and eyJ are only prefixes.',
  ])('leaves ordinary text: %s', (ordinary) => {
    expect(snapshot(ordinary).value).toBe(ordinary);
  });
});

describe('secrets behind a key in text', () => {
  it.each([
    ['JSON', '{"password":"hunter2","city":"Paris"}', '{"password":"[redacted]","city":"Paris"}'],
    ['spaced JSON', '{ "password" : "hunter2" }', '{ "password" : "[redacted]" }'],
    ['a quote in the value', '{"password":"hun\\"ter2","a":1}', '{"password":"[redacted]","a":1}'],
    [
      'a backslash at its end',
      '{"password":"hunter2\\\\","a":1}',
      '{"password":"[redacted]","a":1}',
    ],
    ['a number', '{"password":12345,"a":1}', '{"password":"[redacted]","a":1}'],
    [
      'an object',
      '{"credentials":{"pin":"}hunter2","x":[1]},"a":1}',
      '{"credentials":"[redacted]","a":1}',
    ],
    ['null', '{"password":null,"a":true}', '{"password":null,"a":true}'],
    ['single quotes', "{'password': 'hunter2', 'a': 1}", "{'password': '[redacted]', 'a': 1}"],
    ['no quotes', '{password: hunter2, a: 1}', '{password: [redacted], a: 1}'],
    ['an unfinished value', '{"password":"hunter2', '{"password":"[redacted]'],
    [
      'JSON that was cut within JSON',
      '{"body":"{\\"password\\":\\"hunter2","a":1}',
      '{"body":"{\\"password\\":\\"[redacted]","a":1}',
    ],
    ['key=value', 'api_key=abc', 'api_key=[redacted]'],
    ['a query', '/path?city=Paris&token=abc&page=2', '/path?city=Paris&token=[redacted]&page=2'],
    ['a form', 'user[password]=hunter2&user[name]=ann', 'user[password]=[redacted]&user[name]=ann'],
    ['an environment', 'A=1\nDB_PASSWORD=hunter2\nB=2', 'A=1\nDB_PASSWORD=[redacted]\nB=2'],
    ['a quoted assignment', 'export TOKEN="abc def"', 'export TOKEN="[redacted]"'],
    ['YAML', 'user: ann\npassword: hunter2\n', 'user: ann\npassword: [redacted]\n'],
    ['code', 'const password: string = "hunter2";', 'const password: string = "[redacted]";'],
    ['prose', 'The API key: abc123, as agreed.', 'The API key: [redacted], as agreed.'],
    ['a flag', 'login --password hunter2 --verbose', 'login --password [redacted] --verbose'],
    [
      'XML',
      '<user>ann</user><password>hunter2</password>',
      '<user>ann</user><password>[redacted]</password>',
    ],
    ['a basic header', 'Authorization: Basic abc', 'Authorization: Basic [redacted]'],
    [
      'a bearer header',
      'Authorization: Bearer abc was sent',
      'Authorization: Bearer [redacted] was sent',
    ],
    ['a bare header', 'authorization: abc', 'authorization: [redacted]'],
    [
      'a digest header',
      'Authorization: Digest username=a, response=b\nHost: x',
      'Authorization: [redacted]\nHost: x',
    ],
    ['cookies', 'Cookie: a=b; c="d"; e=f\nHost: x', 'Cookie: [redacted]\nHost: x'],
    ['a quoted header', "curl -H 'Cookie: a=b; c=d' host", "curl -H 'Cookie: [redacted]' host"],
    [
      'a connection string',
      'Server=db;Password=hunter2;Port=1',
      'Server=db;Password=[redacted];Port=1',
    ],
  ])('redacts in %s', (_form, source, expected) => {
    expect(snapshot(source).value).toBe(expected);
  });

  it.each([1, 2, 3])('redacts in JSON text nested %i times in JSON, which stays JSON', (times) => {
    let source = JSON.stringify({ password: 'hun"ter\\2', pin: { token: 5 }, page: 2 });
    let expected = JSON.stringify({
      password: '[redacted]',
      pin: { token: '[redacted]' },
      page: 2,
    });
    for (let round = 0; round < times; round += 1) {
      source = JSON.stringify({ body: source, city: 'Paris' });
      expected = JSON.stringify({ body: expected, city: 'Paris' });
    }

    expect(snapshot(source).value).toBe(expected);
  });

  it.each([
    '{"apiKey":"hunter2"}',
    String.raw`{\\"client secret\\" : \\"hunter2\\"}`,
    `{"the password of Ann's":"hunter2"}`,
    "{'token': 'hunter2'}",
    'DB_PASSWORD=hunter2',
    'Die API keys: hunter2',
    'login --auth-token hunter2',
    '<client.secret>hunter2</client.secret>',
  ])('is not misled by prose with words of keys before %s', (pair) => {
    const prose = 'The author of the "key" said: it is a token of passion, and no secret. ';

    const copies = [0, 1, 2, 4, 40].map((times) => snapshot(prose.repeat(times) + pair).value);

    for (const copy of copies) expect(copy).not.toContain('hunter2');
  });

  it('redacts in the arguments of tool calls', () => {
    const call = { function: { name: 'login', arguments: '{"user":"ann","password":"hunter2"}' } };

    expect(snapshot(call).value).toEqual({
      function: { name: 'login', arguments: '{"user":"ann","password":"[redacted]"}' },
    });
  });

  it('is not fooled by a value that starts like the marker', () => {
    const copy = snapshot('password=[redacted]hunter2 {"token":"[redacted][truncated hunter2"}');

    expect(copy.value).not.toContain('hunter2');
  });
});

describe('hostile text', () => {
  const pieces = [
    'eyJ', 'eyJa.', 'a.', '-----BEGIN PRIVATE KEY-----', '://', '://a@', 'https://a:b', 'Bearer ', 'Basic ', 'sk-',
    'AKIA', 'ghp_', 'xoxb-', '=', ':', 'password=', 'password,', '"password":"', 'password={', '"token":[{', "token:'\n",
    '\\"', '\\"password\\":\\"', 'token=\\', 'Cookie: a="', 'cookie: =', '--a ', '<token>', 'api key: ', 'token=]', '"',
    'pass', 'key ', "key'", '<key', '--key', 'data:;base64,', `${'Ab3'.repeat(680)} `,
  ]; // prettier-ignore

  // Quadratic work on a quarter of a million characters takes minutes; the limit is the test's own time-out.
  it.each(pieces)('is read in time that grows with its length: %j', (piece) => {
    const source = piece.repeat(Math.ceil(1_000_000 / piece.length));

    const copy = snapshot(source);

    expect(copy.size).toBeLessThan(400_000);
  });
});
