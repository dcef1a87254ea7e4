import { describe, expect, it } from 'vitest';

import { entriesForPrograms } from './manifest.ts';
import { runFixture, toolchainNode } from './node-programs.ts';

// What Vercel's edge runtime has: https://vercel.com/docs/functions/runtimes/edge#compatible-node.js-modules
const edgeModules = new Set(
  ['assert', 'async_hooks', 'buffer', 'events', 'util'].map((name) => `node:${name}`),
);

/** The modules of Node.js that importing the entry loads, by us or by what we import. */
async function builtinsLoadedBy(entry: string): Promise<readonly string[]> {
  const options = { node: toolchainNode, args: [entry] };
  const { stdout, stderr } = await runFixture('loaded-modules.mjs', options);
  if (stdout === '') throw new Error(stderr);
  const urls: readonly string[] = JSON.parse(stdout);
  return [...new Set(urls.filter((url) => url.startsWith('node:')))].toSorted();
}

describe('the modules of Node.js that importing an entry loads', () => {
  it('are those of the checked-in list', async () => {
    const lines = await Promise.all(
      entriesForPrograms.map(async (entry) =>
        [entry, ...(await builtinsLoadedBy(entry))].join(' '),
      ),
    );

    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('builtins.txt');
  });

  it.each(['langfuse-lifecycle', 'langfuse-lifecycle/core'])(
    'of %s are more than an edge runtime has, which docs/serverless.md says',
    async (entry) => {
      const builtins = await builtinsLoadedBy(entry);

      expect(builtins.filter((name) => !edgeModules.has(name))).not.toEqual([]);
    },
  );
});
