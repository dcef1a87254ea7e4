import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import type { ProxyVariables } from '../../langfuse/proxy.ts';
import type { Finding } from './finding.ts';

const timeoutMs = 5_000;

/** Says which proxy requests go through; undefined when there is none. The user and password in it are not shown. */
export function checkProxy(baseUrl: string, variables: ProxyVariables): Finding | undefined {
  const { protocol } = new URL(baseUrl);
  const names =
    protocol === 'https:'
      ? ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']
      : ['http_proxy', 'HTTP_PROXY'];
  const name = names.find((candidate) => variables[candidate] !== undefined);
  const value = name === undefined ? undefined : variables[name];
  if (name === undefined || value === undefined) return undefined;
  if (!URL.canParse(value)) {
    return {
      check: 'proxy',
      status: 'failed',
      found: `${name} is no address`,
      fix: `Set ${name} to something like http://proxy.example:3128, or unset it.`,
    };
  }
  const except = variables['no_proxy'] ?? variables['NO_PROXY'];
  const exception = except === undefined ? '' : `, except for ${except}`;
  return {
    check: 'proxy',
    status: 'ok',
    found: `requests go through ${new URL(value).host} (${name})${exception}`,
  };
}

/** Finds the host, connects, and shakes hands when the address is https. */
export async function checkNetwork(baseUrl: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(baseUrl);
  // The brackets of an IPv6 address belong to the URL only.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isSecure = protocol === 'https:';
  const number = port === '' ? (isSecure ? 443 : 80) : Number(port);
  try {
    const { address } = await lookup(host);
    const startedAt = performance.now();
    const protocolName = await handshake({ host, port: number, isSecure });
    const ms = Math.round(performance.now() - startedAt);
    const found = `${host} (${address}) answers on port ${number} within ${ms} ms, ${protocolName}`;
    return { check: 'network', status: 'ok', found };
  } catch (error) {
    return toFailure(error, { host, port: number });
  }
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function handshake({
  host,
  port,
  isSecure,
}: Endpoint & { readonly isSecure: boolean }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket | TLSSocket = isSecure
      ? connectSecurely({ host, port, ...(isIP(host) === 0 && { servername: host }) })
      : connect({ host, port });
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error('no answer', { cause: 'timeout' })),
    );
    socket.once('error', reject);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      const name = 'getProtocol' in socket ? (socket.getProtocol() ?? 'TLS') : 'without TLS';
      socket.destroy();
      resolve(name);
    });
  });
}

const fixes: readonly (readonly [codes: RegExp, fix: string])[] = [
  [
    /^(?:ENOTFOUND|EAI_AGAIN|ENODATA)$/,
    'Check the spelling of LANGFUSE_BASE_URL, and whether this machine can resolve names (VPN, DNS).',
  ],
  [
    /^ECONNREFUSED$/,
    'Nothing listens there: check the port in LANGFUSE_BASE_URL, and that Langfuse is running.',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|DEPTH_ZERO|ALTNAME/,
    'The certificate is not trusted here: set NODE_EXTRA_CA_CERTS to the file of your authority, or use the name that the certificate is for.',
  ],
  [
    /SSL|TLS|EPROTO/,
    'No TLS is spoken there: does LANGFUSE_BASE_URL have to begin with http:// instead of https://?',
  ],
];

function toFailure(error: unknown, { host, port }: Endpoint): Finding {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  const fix =
    fixes.find(([codes]) => codes.test(code))?.[1] ??
    'A firewall or a missing proxy (HTTPS_PROXY) may stand between; try from another machine.';
  const reason = code === '' ? message : code;
  return {
    check: 'network',
    status: 'failed',
    found: `${host} cannot be reached on port ${port}: ${reason}`,
    fix,
  };
}
