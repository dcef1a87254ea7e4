/** What a body says of one observation; several may come of the same. */
export interface Sighting {
  readonly id: string;
  readonly isParent: boolean;
  /** It holds an output. */
  readonly hasOutput: boolean;
}

/** The zero-duration event that says that a run is open; no observation of the program. */
export const startMarkerName = 'run-start';
