import { missingFromParent } from '../../../mocks/completeness.ts';
import { createFakeLangfuse, type FakeLangfuse } from '../../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../../mocks/server.ts';

/** How a run ended, and what its parent lacks. */
export interface EndedParent {
  readonly name: string | null;
  readonly reason: unknown;
  readonly missing: readonly string[];
}

/** Calls `fn` with a Langfuse v4 that listens, and the variables that lead to it. */
export async function withFake(
  fn: (fake: FakeLangfuse, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const fake = createFakeLangfuse({ writeMode: 'events_only' });
  const server = await serveFakeLangfuse(fake);
  const { publicKey, secretKey } = fake.options;
  try {
    await fn(fake, {
      LANGFUSE_PUBLIC_KEY: publicKey,
      LANGFUSE_SECRET_KEY: secretKey,
      LANGFUSE_BASE_URL: server.url,
    });
  } finally {
    await server.close();
  }
}

/** What arrived. */
export function endingsOf(fake: FakeLangfuse): readonly EndedParent[] {
  return fake.traces().map((trace) => ({
    name: trace.name,
    reason: trace.root?.metadata['reason'],
    missing: missingFromParent(trace),
  }));
}
