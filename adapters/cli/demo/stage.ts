import {
  createFakeLangfuse,
  type FakeTrace,
  type WriteMode,
} from '../../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../../mocks/server.ts';
import type { Sink } from '../../../src/index.ts';
import { langfuse } from '../../langfuse/index.ts';

/** A Langfuse that the demo writes to. */
export interface Stage {
  /** The column `wire` of the table. */
  readonly wire: string;
  /** What it is, in a line. */
  readonly description: string;
  readonly sink: Sink;
  /** Reads a trace back; absent where that takes too long. */
  readonly read?: (traceId: string) => FakeTrace | undefined;
  close(): Promise<void>;
}

/** Opens a stage when its turn has come. */
export type OpenStage = () => Promise<Stage>;

/** One fake Langfuse for each wire: the sink finds out by itself how each wants to be written to. */
export const fakeStages: readonly OpenStage[] = [
  () => openFake('ingestion', 'legacy'),
  () => openFake('otlp', 'events_only'),
];

async function openFake(wire: string, writeMode: WriteMode): Promise<Stage> {
  const fake = createFakeLangfuse({ writeMode });
  const { publicKey, secretKey, version } = fake.options;
  const server = await serveFakeLangfuse(fake);
  return {
    wire,
    description: `fake Langfuse ${version} in write mode ${writeMode} on ${server.url}`,
    // Nothing of the real environment may lead the demo elsewhere.
    sink: langfuse({ publicKey, secretKey, baseUrl: server.url, dotenv: false, env: {} }),
    read: (traceId) => fake.trace(traceId),
    close: () => server.close(),
  };
}

/** The Langfuse that the environment names. */
export function langfuseStage(sink: Sink): OpenStage {
  return () =>
    Promise.resolve({
      wire: 'langfuse',
      description: 'the Langfuse of LANGFUSE_PUBLIC_KEY',
      sink,
      close: () => Promise.resolve(),
    });
}
