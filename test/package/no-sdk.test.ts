import { describe, expect, it } from 'vitest';

import { runFixture, toolchainNode } from './node-programs.ts';

async function packagesLoadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const { stdout, stderr } = await runFixture('loaded-modules.mjs', { node: toolchainNode, args });
  if (stdout === '') throw new Error(stderr);
  const urls: readonly string[] = JSON.parse(stdout);
  return [...new Set(urls.flatMap(packageOf))].toSorted();
}

function packageOf(url: string): readonly string[] {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.slice(1) ?? [];
}

describe('importing', () => {
  it('the core loads no other package', async () => {
    expect(await packagesLoadedBy('langfuse-lifecycle/core')).toEqual([]);
  });

  it('the main entry loads no SDK', async () => {
    expect(await packagesLoadedBy('langfuse-lifecycle')).toEqual([]);
  });

  it('and making a lifecycle loads none either', async () => {
    expect(await packagesLoadedBy('langfuse-lifecycle', 'create')).toEqual([]);
  });

  it('nor does a run, in a program that has no OpenTelemetry', async () => {
    expect(await packagesLoadedBy('langfuse-lifecycle', 'run')).toEqual([]);
  });

  it('the fake loads MSW, so that this test would see it', async () => {
    expect(await packagesLoadedBy('langfuse-lifecycle/mocks')).toContain('msw');
  });
});
