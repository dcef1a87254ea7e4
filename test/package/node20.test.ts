import { describe, expect, it, onTestFinished } from 'vitest';

import { missingFromParent } from '../../mocks/completeness.ts';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { hostNode, runFixture } from './node-programs.ts';

const complete = [
  { name: 'succeeds', missing: [] },
  { name: 'fails', missing: [] },
  { name: 'gives-up', missing: [] },
];

describe(`with ${hostNode.label}`, () => {
  it.each(['legacy', 'dual', 'events_only'] as const)(
    'an agent leaves complete parents on a server in write mode %s',
    async (writeMode) => {
      const fake = createFakeLangfuse({ writeMode });
      const server = await serveFakeLangfuse(fake);
      onTestFinished(() => server.close());
      const { publicKey, secretKey } = fake.options;

      const { stdout, stderr } = await runFixture('agent.mjs', {
        node: hostNode,
        env: {
          LANGFUSE_PUBLIC_KEY: publicKey,
          LANGFUSE_SECRET_KEY: secretKey,
          LANGFUSE_BASE_URL: server.url,
        },
      });

      expect(stdout, stderr).toBe('{"delivered":6,"pending":0,"dropped":{}}');
      expect(
        fake.traces().map((trace) => ({ name: trace.name, missing: missingFromParent(trace) })),
      ).toEqual(complete);
      expect(fake.traces().map(({ root }) => root?.metadata['reason'])).toEqual([
        'stop',
        'exception',
        'max_iterations',
      ]);
    },
  );

  it('the fake over HTTP runs as well', async () => {
    const { stdout, stderr } = await runFixture('served-fake.mjs', {
      node: hostNode,
      args: ['events_only'],
    });

    const [report = '', traces = ''] = stdout.split('\n');
    expect(report, stderr).toBe('{"delivered":6,"pending":0,"dropped":{}}');
    expect(JSON.parse(traces)).toEqual(complete);
  });
});
