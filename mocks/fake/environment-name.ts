/**
 * The environment that is stored: lower case, without a leading `langfuse-`, at most 40 characters; what then still has
 * other characters than a-z, 0-9, `-` and `_`, or nothing, is `default`. It never fails (Langfuse >= 3.161).
 */
export function normalizeEnvironment(value: unknown): string {
  if (typeof value !== 'string') return 'default';
  const name = value
    .toLowerCase()
    .replace(/^(?:langfuse[-_]?)+/, '')
    .slice(0, 40);
  return /^[a-z0-9-_]+$/.test(name) ? name : 'default';
}
