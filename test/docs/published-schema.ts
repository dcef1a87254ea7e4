import { z } from 'zod';
import { lifecycleEventSchema } from '../../src/index.ts';

const descriptions: Readonly<Record<string, string>> = {
  'run-start': 'A run began. The first thing that should be told of a run.',
  'run-update': 'More became known about an open run. Absent fields stay as they are.',
  'run-end': 'A run ended, one way or another.',
  'step-start': 'A step of a run began.',
  'step-update': 'More became known about an open step.',
  'step-end': 'A step ended; with an error it failed, and the run goes on all the same.',
};

type Node = Readonly<Record<string, unknown>>;

/** The JSON Schema of a lifecycle event as it is published: what `parseLifecycleEvent` takes. */
export function toPublishedSchema(): Node {
  const { anyOf, $defs, $schema } = withoutMarks(
    z.toJSONSchema(lifecycleEventSchema, { io: 'input', unrepresentable: 'any' }),
  ) as { readonly anyOf: readonly Node[]; readonly $defs: Node; readonly $schema: string };
  return {
    $schema,
    title: 'Lifecycle event of langfuse-lifecycle',
    description:
      'One line of what `langfuse-lifecycle send` reads. What a field means stands in docs/lifecycle.md.',
    oneOf: anyOf.map(withDescription),
    $defs,
  };
}

function withDescription(variant: Node): Node {
  const nested = variant['oneOf'];
  if (Array.isArray(nested)) return { oneOf: nested.map(withDescription) };
  const { properties = {}, required = [] } = variant as {
    readonly properties?: Readonly<Record<string, Node>>;
    readonly required?: readonly string[];
  };
  const type = String(properties['type']?.['const']);
  return {
    title: type,
    description: descriptions[type] ?? '',
    ...variant,
    // An event without a time happened when it was read.
    required: required.filter((field) => field !== 'timestamp'),
  };
}

/** `readonly` in our types says nothing to whoever writes an event. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => !(key === 'readOnly' && field === true))
      .map(([key, field]) => [key, withoutMarks(field)]),
  );
}
