/** The name of an environment as it will be sent, and what was changed about it. */
export interface EnvironmentName {
  readonly value?: string;
  readonly notice?: string;
}

const lengthLimit = 40;

/**
 * A name that every Langfuse server takes: servers before 3.161 refuse the whole item otherwise, later ones turn it
 * into `default`.
 */
export function normaliseEnvironmentName(name: string | undefined): EnvironmentName {
  if (name === undefined) return {};
  const value = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^(langfuse[-_]*)+/, '')
    .slice(0, lengthLimit);
  if (value === name) return { value };
  const rule =
    'Langfuse takes a-z, 0-9, - and _, at most 40 characters, not starting with "langfuse"';
  return /[a-z0-9]/.test(value)
    ? {
        value,
        notice: `The environment ${JSON.stringify(name)} is sent as ${JSON.stringify(value)}: ${rule}.`,
      }
    : { notice: `The environment ${JSON.stringify(name)} is not sent: ${rule}.` };
}
