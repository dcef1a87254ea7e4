import { isIP } from 'node:net';

/** What decides whether a request may be answered. */
export interface Asked {
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Why a request is refused; undefined for one that is answered. A page of another site can make a browser ask here: under a
 * name of its own that leads to this machine, or across sites. Numbers, `localhost`, names without a dot and `*.internal`
 * (containers) cannot be anybody's site on the internet; `host` is the name that the server was told to listen on.
 */
export function refusalOf({ target, headers }: Asked, host: string): string | undefined {
  // The whole address is what a proxy is asked for; no page can make a browser do that here.
  if (/^https?:/i.test(target)) return undefined;
  const named = textOf(headers['host']);
  if (!isOwnName(nameOf(named), host)) {
    return `This fake Langfuse answers to localhost, to numeric addresses and to the name of --host, not to ${JSON.stringify(named)}.`;
  }
  if (!isOfViewer(target)) return undefined;
  const origin = headers['origin'];
  if (origin !== undefined && textOf(origin).toLowerCase() !== `http://${named.toLowerCase()}`) {
    return `The viewer does not answer pages of ${JSON.stringify(textOf(origin))}.`;
  }
  const site = textOf(headers['sec-fetch-site'] ?? 'none');
  const isOwn = site === 'same-origin' || site === 'none';
  return isOwn ? undefined : 'The viewer does not answer pages of other sites.';
}

/** Whether only the viewer's own page has a reason to ask for this. */
function isOfViewer(target: string): boolean {
  return target.startsWith('/viewer/');
}

function isOwnName(name: string, host: string): boolean {
  return (
    isIP(name) !== 0 ||
    name === host.toLowerCase() ||
    (name !== '' && !name.includes('.')) ||
    name.endsWith('.localhost') ||
    name.endsWith('.internal')
  );
}

function nameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, '')).replace(/\.$/, '').toLowerCase();
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ');
}
