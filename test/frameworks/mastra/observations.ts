import type { FakeObservation, FakeTrace } from '../../../mocks/fake-langfuse.ts';

/** The observations of a trace by name. */
export function named(trace: FakeTrace | undefined, name: string): readonly FakeObservation[] {
  return trace?.observations.filter((row) => row.name === name) ?? [];
}
