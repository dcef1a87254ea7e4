/** How a Langfuse server stores what it is sent (`LANGFUSE_MIGRATION_V4_WRITE_MODE`). */
export type WriteMode = 'legacy' | 'dual' | 'events_only';

/** What a Langfuse of some version can do. */
export interface Capabilities {
  readonly otlp: boolean;
  readonly otlpJson: boolean;
  readonly otlpGzip: boolean;
  /** Whether an OTLP export with an unusable span is refused as a whole. */
  readonly otlpValidation: boolean;
  /** Whether there are agent-create, tool-create and the other five. */
  readonly newerEventTypes: boolean;
  /** Whether the v2 reads exist, be it only to say that they are not available. */
  readonly v2Reads: boolean;
  readonly isV4: boolean;
}

/** The capabilities of a version such as `3.98.2`; throws a TypeError for text that is none. */
export function capabilitiesOf(version: string): Capabilities {
  const atLeast = (minimum: string): boolean => compare(version, minimum) >= 0;
  return {
    otlp: atLeast('3.22.0'),
    otlpJson: atLeast('3.27.0'),
    otlpGzip: atLeast('3.30.0'),
    otlpValidation: atLeast('4.4.0'),
    newerEventTypes: atLeast('3.98.2'),
    v2Reads: atLeast('3.179.0'),
    isV4: atLeast('4.0.0'),
  };
}

/** The write mode that such a server is in: before 4.0 there is only one. */
export function effectiveWriteMode(writeMode: WriteMode, { isV4 }: Capabilities): WriteMode {
  return isV4 ? writeMode : 'legacy';
}

function compare(version: string, minimum: string): number {
  const [one, other] = [partsOf(version), partsOf(minimum)];
  const index = one.findIndex((part, position) => part !== other[position]);
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}

function partsOf(version: string): readonly number[] {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (match === null) {
    throw new TypeError(
      `Version: expected something like "4.16.0", got ${JSON.stringify(version)}.`,
    );
  }
  return match.slice(1).map(Number);
}
