import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { readPage, tableBelow } from '../docs/markdown.ts';
import { packageFolder } from './node-programs.ts';
import { toolVersion } from './tools/install.ts';

const page = readPage('docs/serverless.md');

function rootVersion(name: string): string {
  const file = `${packageFolder}/node_modules/${name}/package.json`;
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

describe('docs/serverless.md', () => {
  it.each(['bun', 'deno', 'wrangler'])('names the version of %s that is tested', (name) => {
    const cells = tableBelow(page, 'Where it runs').flat();

    expect(cells.join('\n').toLowerCase()).toContain(`${name} ${toolVersion(name)}`);
  });

  it('names the versions of TypeScript that are tested', () => {
    const versions = `${toolVersion('typescript-5.9')} and ${rootVersion('typescript')}`;

    expect(page.text).toContain(`**TypeScript.** ${versions} compile`);
  });
});
