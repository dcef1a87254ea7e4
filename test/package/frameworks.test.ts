import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { entries, manifest } from './manifest.ts';
import { hostNode, packageFolder, runFixture, toolchainNode } from './node-programs.ts';

/** What each integration is for: packages that its user has, and that it knows by their form only. */
const frameworks: Readonly<Record<string, readonly string[]>> = {
  'langfuse-lifecycle/ai-sdk': ['ai'],
  'langfuse-lifecycle/langgraph': ['@langchain/core', '@langchain/langgraph', 'langchain'],
  'langfuse-lifecycle/openai-agents': ['@openai/agents'],
  'langfuse-lifecycle/mastra': ['@mastra/core', '@mastra/observability'],
  'langfuse-lifecycle/claude-agent': ['@anthropic-ai/claude-agent-sdk'],
  'langfuse-lifecycle/opentelemetry': [],
};

const integrations = Object.keys(frameworks);
const peers = Object.values(frameworks).flat();

async function modulesLoadedBy(entry: string): Promise<readonly string[]> {
  const { stdout, stderr } = await runFixture('loaded-modules.mjs', {
    node: toolchainNode,
    args: [entry],
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as readonly string[];
}

function packageOf(url: string): readonly string[] {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.slice(1) ?? [];
}

function installedVersion(name: string): string {
  const file = `${packageFolder}/node_modules/${name}/package.json`;
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

describe('an integration', () => {
  it('has an entry of its own', () => {
    expect(entries).toEqual(expect.arrayContaining(integrations));
  });

  it.each(integrations)('%s loads no framework and no other package', async (entry) => {
    const urls = await modulesLoadedBy(entry);

    expect(urls.some((url) => url.includes('/dist/'))).toBe(true);
    expect(urls.flatMap(packageOf)).toEqual([]);
  });

  it.each(integrations)(`%s can be imported with ${hostNode.label}`, async (entry) => {
    const { stdout, stderr } = await runFixture('import-entries.mjs', {
      node: hostNode,
      args: [entry],
    });

    expect(stderr).toBe('');
    expect(Object.values(JSON.parse(stdout) as object).flat()).not.toEqual([]);
  });

  it('prints what each entry weighs', async () => {
    const rows: string[] = [];
    for (const entry of entries.filter((name) => !/\.json$|\/mocks/.test(name))) {
      const files = (await modulesLoadedBy(entry))
        .filter((url) => url.includes('/dist/'))
        .map((url) => fileURLToPath(url));
      const code = Buffer.concat(files.map((file) => readFileSync(file)));
      const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
      const kilobytes = [bytes, gzipSync(code).length].map((size) =>
        (size / 1024).toFixed(1).padStart(7),
      );
      rows.push(`${entry.padEnd(34)} ${String(files.length).padStart(4)} ${kilobytes.join(' ')}`);
      expect(bytes, entry).toBeLessThan(600 * 1024);
    }
    console.log(`${'entry'.padEnd(34)} files   KB, gzipped KB\n${rows.join('\n')}`);
  });
});

describe('the frameworks that are integrated', () => {
  it('are optional', () => {
    expect(Object.keys(manifest.peerDependencies ?? {})).toEqual(expect.arrayContaining(peers));
    for (const name of peers) {
      expect(manifest.peerDependenciesMeta?.[name], name).toEqual({ optional: true });
    }
  });

  it.each(peers)('%s is taken from the version on that the endings are tested with', (name) => {
    expect(manifest.peerDependencies?.[name]).toBe(`^${installedVersion(name)}`);
  });

  it('are named in the documentation with the version that is tested', () => {
    const page = readFileSync(`${packageFolder}/docs/frameworks.md`, 'utf8');

    const named = peers.filter((name) => page.includes(`\`${name}\` ${installedVersion(name)}`));

    expect(named).toEqual(peers);
  });
});
