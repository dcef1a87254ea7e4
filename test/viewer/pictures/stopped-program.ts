import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { FakeLangfuse } from '../../../mocks/fake-langfuse.ts';

const programs = {
  'with-tracing': new URL('with-tracing.ts', import.meta.url),
  'with-lifecycle': new URL('with-lifecycle.ts', import.meta.url),
} as const;

/** The same agent, traced with `@langfuse/tracing` and with this package. */
export type StoppedProgram = keyof typeof programs;

/** Starts a program that traces to the fake, and stops it, as a deployment does, while its agent waits for a tool. */
export async function runUntilStopped(
  program: StoppedProgram,
  { fake, url }: { readonly fake: FakeLangfuse; readonly url: string },
): Promise<void> {
  const storyTime = new URL('story-time.ts', import.meta.url).href;
  const file = fileURLToPath(programs[program]);
  const child = spawn(process.execPath, ['--import', storyTime, file], {
    env: {
      PATH: process.env['PATH'],
      LANGFUSE_PUBLIC_KEY: fake.options.publicKey,
      LANGFUSE_SECRET_KEY: fake.options.secretKey,
      LANGFUSE_BASE_URL: url,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout }))
    if (line === 'waiting') child.kill('SIGTERM');
  await ended;
}
