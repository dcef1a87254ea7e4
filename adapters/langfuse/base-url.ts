import { ConfigError } from '../../src/index.ts';

/** The address of a Langfuse without trailing slashes; `source` is the option or variable it came from. */
export function parseBaseUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ConfigError(
      `${source}: expected an http or https address such as https://cloud.langfuse.com; got ${shown(text)}.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(
      `${source}: expected an address without user and password; got ${url.protocol}//…@${url.host}. Use LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.`,
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new ConfigError(
      `${source}: expected an address without "?" and "#"; got ${url.origin}${url.pathname} with more behind it.`,
    );
  }
  const path = url.pathname.replace(/(?<!\/)\/+$/, '');
  const apiAt = path.indexOf('/api/public');
  if (apiAt !== -1) {
    throw new ConfigError(
      `${source}: expected the address of Langfuse itself, without /api/public; got ${shown(text)}. Use ${url.origin}${path.slice(0, apiAt)}.`,
    );
  }
  return `${url.origin}${path}`;
}

// An address that could not be parsed may hold a password before an @.
function shown(text: string): string {
  return JSON.stringify(text.replace(/^(.*\/\/)?[^/]*@/, '$1…@'));
}
