import { jsonAnswer } from './answers.ts';
import type { FakeResponse } from '../fake-exchange.ts';

/** What a request may do: everything in the project, scores only (Bearer public key), or nothing. */
export type Access =
  | { readonly type: 'project' }
  | { readonly type: 'scores' }
  | { readonly type: 'refused'; readonly message: string };

/** The keys of the one project. */
export interface ProjectKeys {
  readonly publicKey: string;
  readonly secretKey: string;
}

const wrongHost = "Confirm that you've configured the correct host.";

/**
 * Resolves an `authorization` header as Langfuse 4.16 does: with Basic the secret alone decides (the public key is not
 * compared), with Bearer the public key gives access to scores.
 */
export function resolveAccess(authorization: string | undefined, keys: ProjectKeys): Access {
  if (authorization === undefined || authorization === '')
    return refused('No authorization header');
  if (authorization.startsWith('Basic ')) return resolveBasic(authorization.slice(6), keys);
  if (authorization.startsWith('Bearer ')) {
    return authorization.slice(7) === keys.publicKey
      ? { type: 'scores' }
      : refused(`Invalid public key. ${wrongHost}`);
  }
  return refused('Invalid authorization header');
}

/** The answer to a request that needs the whole project and does not have it; undefined when it has. */
export function refuseUnlessProject(access: Access): FakeResponse | undefined {
  switch (access.type) {
    case 'project':
      return undefined;
    case 'scores':
      return jsonAnswer(403, {
        message: 'Access denied - insufficient permissions for this endpoint',
      });
    case 'refused':
      return jsonAnswer(401, { message: access.message });
    default:
      return access satisfies never;
  }
}

function resolveBasic(encoded: string, keys: ProjectKeys): Access {
  const credentials = decodeBase64(encoded);
  if (credentials === undefined) return refused(`Invalid character. ${wrongHost}`);
  const [publicKey, secretKey] = credentials.split(':');
  if (!publicKey || !secretKey) return refused(`Invalid authorization header. ${wrongHost}`);
  return secretKey === keys.secretKey
    ? { type: 'project' }
    : refused(`Invalid credentials. ${wrongHost}`);
}

function decodeBase64(encoded: string): string | undefined {
  try {
    return atob(encoded);
  } catch {
    return undefined;
  }
}

function refused(message: string): Access {
  return { type: 'refused', message };
}
