import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';

/** The observations below the root, each as its type and name, indented by how deep it stands; in order of their start. */
export function steps(trace: FakeTrace | undefined): readonly string[] {
  return below(trace, trace?.root?.id, 0);
}

function below(
  trace: FakeTrace | undefined,
  id: string | undefined,
  depth: number,
): readonly string[] {
  return (trace?.observations ?? [])
    .filter(({ parentObservationId }) => parentObservationId === id)
    .toSorted((one, other) => Date.parse(one.startTime ?? '') - Date.parse(other.startTime ?? ''))
    .flatMap((child) => [
      `${'  '.repeat(depth)}${child.type} ${child.name}`,
      ...below(trace, child.id, depth + 1),
    ]);
}
