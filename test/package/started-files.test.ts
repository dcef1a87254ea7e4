import { describe, expect, it, onTestFinished } from 'vitest';

import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { manifest } from './manifest.ts';
import { hostNode, packageFolder, runFixture, runProgram, toolchainNode } from './node-programs.ts';

describe.each([toolchainNode, hostNode].map((node) => [node.label, node] as const))(
  'with %s, what is started by its path',
  (_label, node) => {
    it.each(['legacy', 'events_only'] as const)(
      'is found by a process that exits, on a server in write mode %s',
      async (writeMode) => {
        const fake = createFakeLangfuse({ writeMode });
        const server = await serveFakeLangfuse(fake);
        onTestFinished(() => server.close());

        const { exitCode, stderr } = await runFixture('exits.mjs', {
          node,
          env: {
            LANGFUSE_PUBLIC_KEY: fake.options.publicKey,
            LANGFUSE_SECRET_KEY: fake.options.secretKey,
            LANGFUSE_BASE_URL: server.url,
          },
        });

        expect(exitCode, stderr).toBe(0);
        expect(fake.traces().map(missingFromParent)).toEqual([[]]);
        expect(fake.traces()[0]?.root?.metadata['reason']).toBe('interrupted');
      },
    );

    it('is found by the command', async () => {
      const bin = manifest.bin['langfuse-lifecycle'] ?? 'no bin';

      const { stdout, stderr } = await runProgram(node.path, {
        args: [bin, '--version'],
        folder: packageFolder,
      });

      expect(stdout, stderr).toBe(`${manifest.version}\n`);
    });
  },
);
