import { expect, it } from 'vitest';

import { createLifecycle, type LifecycleRecord, memorySink } from '../../src/index.ts';
import { codesIn, readPage, tableBelow } from './markdown.ts';

/** What the page says of each field that an update can tell. */
const rows = tableBelow(readPage('docs/lifecycle.md'), 'What can change, and who says it');
const written = new Map(
  rows.flatMap(([field = '', how = '']) => codesIn(field).map((code) => [code, how] as const)),
);

interface Told {
  readonly first: unknown;
  readonly later: unknown;
  /** What the parent holds of it. */
  readonly of: (parent: LifecycleRecord | undefined) => unknown;
}

const fields: Readonly<Record<string, Told>> = {
  input: { first: 'a', later: 'b', of: (parent) => parent?.input },
  conversationId: { first: 'a', later: 'b', of: (parent) => parent?.trace.conversationId },
  completionStartTime: { first: 1, later: 2, of: (parent) => parent?.completionStartTime },
  name: { first: 'a', later: 'b', of: (parent) => parent?.name },
  userId: { first: 'a', later: 'b', of: (parent) => parent?.trace.userId },
  version: { first: 'a', later: 'b', of: (parent) => parent?.trace.version },
  tags: { first: ['a'], later: ['b'], of: (parent) => parent?.trace.tags },
  metadata: {
    first: { a: 1 },
    later: { b: 2 },
    of: (parent) => ({ a: parent?.metadata['a'], b: parent?.metadata['b'] }),
  },
  output: { first: 'a', later: 'b', of: (parent) => parent?.output },
};

/** The parent of a run of which each of these was told by an update. */
async function parentOf(updates: readonly object[]): Promise<LifecycleRecord | undefined> {
  const sink = memorySink();
  const lifecycle = createLifecycle({ sink, onDiagnostic: () => undefined });
  const run = { runId: 'r' };
  lifecycle.emit({ type: 'run-start', ...run, name: 'agent' });
  for (const facts of updates) lifecycle.emit({ type: 'run-update', ...run, ...facts });
  lifecycle.emit({ type: 'run-end', ...run, status: 'completed' });
  await lifecycle.shutdown();
  return sink.parents[0];
}

function howWritten({ first, later, of }: Told, parent: LifecycleRecord | undefined): string {
  const held = JSON.stringify(of(parent));
  if (held === JSON.stringify(first)) return 'once';
  if (held === JSON.stringify(later)) return 'the last one counts';
  return Array.isArray(first) ? 'they add up' : 'merged, key by key';
}

it('docs/lifecycle.md says of every field that an update can tell what becomes of a second value', () => {
  expect([...written.keys()].toSorted()).toEqual([...Object.keys(fields), 'kind'].toSorted());
});

it.each(Object.entries(fields))('%s is written as the page says', async (field, told) => {
  const parent = await parentOf([{ [field]: told.first }, { [field]: told.later }]);

  const how = howWritten(told, parent);

  expect(told.of(parent)).toBeDefined();
  expect(written.get(field)).toMatch(new RegExp(`^${how}`));
});
