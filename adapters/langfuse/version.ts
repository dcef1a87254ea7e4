/** The numbers of a server version. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads `4.16.0`, `v3.98.2-rc.1` and the like; undefined for anything else. */
export function parseVersion(text: unknown): ServerVersion | undefined {
  const match = typeof text === 'string' ? /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text.trim()) : null;
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** Whether `version` is `other` or later. */
export function isAtLeast(version: ServerVersion, other: ServerVersion): boolean {
  if (version.major !== other.major) return version.major > other.major;
  if (version.minor !== other.minor) return version.minor > other.minor;
  return version.patch >= other.patch;
}

/** The first server with agent, tool and the other newer events on the ingestion endpoint. */
export const firstWithAllObservationTypes: ServerVersion = { major: 3, minor: 98, patch: 2 };
