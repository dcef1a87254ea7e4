import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';

const { snapshot } = createSanitizer();

describe('secrets by key', () => {
  it.each(
    (
      'password Password PASSWORD passwd userPassword DB_PASSWORD db-password db.password user_password2 passwordHash ' +
      'passphrase secret clientSecret client_secret CLIENT-SECRET client.secret clientsecret secrets ' +
      'token accessToken access_token ACCESS_TOKEN accesstoken refresh_token id_token idToken bearerToken csrfToken ' +
      'session_token sessionToken authToken tokenValue oauth2Token accessTokens x-amz-security-token ' +
      'apiKey api_key apikey x-api-key X-API-Key APIKEY api.key aPiKeY OPENAI_API_KEY langfuseSecretKey ' +
      'authorization Authorization proxy-authorization cookie Cookie set-cookie Set-Cookie cookies ' +
      'private_key privateKey PRIVATE-KEY ssh_key awsSecretAccessKey accountKey credential credentials ' +
      'googleCredentials auth smtp_pass jwt'
    ).split(' '),
  )('redacts the value of %s', (key) => {
    const copy = snapshot({ [key]: 'hunter2' });

    expect(copy.value).toEqual({ [key]: '[redacted]' });
  });

  it.each(['api key', 'client secret', 'Access Token', 'private key'])(
    'redacts the value of "%s", a key with spaces',
    (key) => {
      const copy = snapshot({ [key]: 'hunter2' });

      expect(copy.value).toEqual({ [key]: '[redacted]' });
    },
  );

  it.each(['müllerPassword', 'schlüsselÜberAPIKey', 'clé_token', 'секретAuthToken'])(
    'redacts the value of %s, a key in more than ASCII',
    (key) => {
      const copy = snapshot({ [key]: 'hunter2' });

      expect(copy.value).toEqual({ [key]: '[redacted]' });
    },
  );

  it.each(['größeMaxTokens', 'clé_secretary', 'müllerCompass'])(
    'leaves the value of %s, a key in more than ASCII',
    (key) => {
      const copy = snapshot({ [key]: 'plain' });

      expect(copy.value).toEqual({ [key]: 'plain' });
    },
  );

  it.each(
    (
      'maxTokens max_tokens tokens inputTokens totalTokens prompt_tokens completion_tokens usage.completion_tokens ' +
      'tokenizer tokenCount token_count tokenType token_usage secretary sessionId session_id author authority ' +
      'eos_token pad_token cost_per_token time_to_first_token nextPageToken cachedTokens reasoning_tokens userTokens sessionTokens token_ids ' +
      'publicKey keyword monkey primaryKey idempotency_key compass passage pass bypass keys key ' +
      'secretName cookie_policy password_policy authorization_endpoint expires_in'
    ).split(' '),
  )('leaves the value of %s', (key) => {
    const copy = snapshot({ [key]: 'plain' });

    expect(copy.value).toEqual({ [key]: 'plain' });
  });

  it.each([
    ['a number', 12_345],
    ['an empty string', ''],
    ['an object', { user: 'ann', pin: 1 }],
    ['an array', ['a', 'b']],
    ['a function', () => 'hunter2'],
    ['a symbol', Symbol('hunter2')],
    ['a bigint', 5n],
    ['bytes', Buffer.from('hunter2')],
    ['a map', new Map([['a', 'hunter2']])],
  ])('redacts %s as well', (_kind, value) => {
    const copy = snapshot({ password: value });

    expect(copy.value).toEqual({ password: '[redacted]' });
  });

  it('keeps null, booleans and absence, which tell only whether there is a secret', () => {
    const copy = snapshot({ token: null, password: true, cookie: undefined, hasApiKey: false });

    expect(copy.value).toEqual({ token: null, password: true, hasApiKey: false });
  });

  it('keeps the text of tokens that come with a log probability', () => {
    const openai = { content: [{ token: 'Hel', logprob: -0.31 }] };
    const huggingFace = { token: { id: 1, text: 'Hel', logprob: -0.31 } };

    expect(snapshot(openai).value).toEqual(openai);
    expect(snapshot(huggingFace).value).toEqual(huggingFace);
    expect(snapshot(JSON.stringify(openai)).value).toBe(JSON.stringify(openai));
  });

  it('redacts the value in lists of names and values', () => {
    const copy = snapshot([
      { name: 'authorization', value: 'abc' },
      { key: 'API_KEY', value: { stringValue: 'abc' } },
      { name: 'accept', value: 'text/html' },
    ]);

    expect(copy.value).toEqual([
      { name: 'authorization', value: '[redacted]' },
      { key: 'API_KEY', value: '[redacted]' },
      { name: 'accept', value: 'text/html' },
    ]);
  });

  it('redacts in maps, headers, query parameters and forms', () => {
    const form = new FormData();
    form.set('password', 'hunter2');
    form.set('city', 'Paris');

    const copy = snapshot({
      map: new Map<unknown, unknown>([
        ['apiKey', 'abc'],
        ['city', 'Paris'],
      ]),
      headers: new Headers({ authorization: 'abc', accept: 'text/html' }),
      query: new URLSearchParams('token=abc&city=Paris'),
      form,
    });

    expect(copy.value).toEqual({
      map: { apiKey: '[redacted]', city: 'Paris' },
      headers: { authorization: '[redacted]', accept: 'text/html' },
      query: { token: '[redacted]', city: 'Paris' },
      form: { password: '[redacted]', city: 'Paris' },
    });
  });

  it('redacts the fields of errors and class instances', () => {
    class Client {
      apiKey = 'abc';
      region = 'eu';
    }
    const error = Object.assign(new Error('refused'), { config: { password: 'hunter2' } });

    const copy = snapshot({ client: new Client(), error });

    expect(copy.value).toMatchObject({
      client: { apiKey: '[redacted]', region: 'eu' },
      error: { message: 'refused', config: { password: '[redacted]' } },
    });
  });
});
