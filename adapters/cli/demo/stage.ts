import {
  createFakeLangfuse,
  type FakeTrace,
  type WriteMode,
} from '../../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../../mocks/server.ts';
import type { Sink } from '../../../src/index.ts';
import { langfuse } from '../../langfuse/index.ts';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A Langfuse that the demo writes to. */
export interface Stage {
  /** The column `wire` of the table. */
  readonly wire: string;
  /** What it is, in a line. */
  readonly description: string;
  readonly sink: Sink;
  /** The environment of a process that shall write to the same Langfuse. */
  readonly env: Environment;
  /** Reads a trace back; absent where that takes too long. */
  readonly read?: (traceId: string) => FakeTrace | undefined;
  close(): Promise<void>;
}

/** Opens a stage when its turn has come. */
export type OpenStage = () => Promise<Stage>;

/** One fake Langfuse for each wire: the sink finds out by itself how each wants to be written to. */
export function fakeStages(env: Environment): readonly OpenStage[] {
  return [
    () => openFake({ wire: 'ingestion', writeMode: 'legacy', env }),
    () => openFake({ wire: 'otlp', writeMode: 'events_only', env }),
  ];
}

interface FakeStageOptions {
  readonly wire: string;
  readonly writeMode: WriteMode;
  readonly env: Environment;
}

async function openFake({ wire, writeMode, env }: FakeStageOptions): Promise<Stage> {
  const fake = createFakeLangfuse({ writeMode });
  const { publicKey, secretKey, version } = fake.options;
  const server = await serveFakeLangfuse(fake);
  return {
    wire,
    description: `fake Langfuse ${version} in write mode ${writeMode} on ${server.url}`,
    // Nothing of the real environment may lead the demo elsewhere.
    sink: langfuse({ publicKey, secretKey, baseUrl: server.url, dotenv: false, env: {} }),
    env: {
      ...withoutLangfuse(env),
      LANGFUSE_PUBLIC_KEY: publicKey,
      LANGFUSE_SECRET_KEY: secretKey,
      LANGFUSE_BASE_URL: server.url,
    },
    read: (traceId) => fake.trace(traceId),
    close: () => server.close(),
  };
}

function withoutLangfuse(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LANGFUSE_')));
}

/** The Langfuse that the environment names. */
export function langfuseStage(sink: Sink, env: Environment): OpenStage {
  return () =>
    Promise.resolve({
      wire: 'langfuse',
      description: 'the Langfuse of LANGFUSE_PUBLIC_KEY',
      sink,
      env,
      close: () => Promise.resolve(),
    });
}
