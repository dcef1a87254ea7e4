import { describe, expect, it } from 'vitest';

import { entries } from './manifest.ts';
import { hostNode, isAtLeast, runFixture, toolchainNode } from './node-programs.ts';

// msw 3 and vitest 5, which these two stand on, support Node.js from 22.12 on.
const entriesFromNode22 = new Set([
  'langfuse-lifecycle/mocks/node',
  'langfuse-lifecycle/mocks/vitest',
]);

function entriesFor(version: string): readonly string[] {
  return isAtLeast(version, '22.12.0')
    ? entries
    : entries.filter((entry) => !entriesFromNode22.has(entry));
}

describe('the entries of the package', () => {
  it.each([toolchainNode, hostNode].map((node) => [node.label, node] as const))(
    'can be imported with %s',
    async (_label, node) => {
      const expected = entriesFor(node.version);

      const { stdout, stderr } = await runFixture('import-entries.mjs', { node, args: expected });

      expect(stderr).toBe('');
      expect(Object.keys(JSON.parse(stdout))).toEqual(expected);
    },
  );

  it.each([toolchainNode, hostNode].map((node) => [node.label, node] as const))(
    'can be required from CommonJS with %s',
    async (_label, node) => {
      const { stdout, stderr } = await runFixture('require-entry.cjs', { node });

      expect(stdout, stderr).toBe('{"output":2,"delivered":1}');
    },
  );
});
