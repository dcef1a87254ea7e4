import type { FakeTrace, WriteMode } from '../../../mocks/fake-langfuse.ts';
import type { FakeWrite } from '../../../mocks/fake/writes.ts';
import { serveFakeLangfuse } from '../../../mocks/server.ts';
import { createWatchedFake } from '../../../mocks/watched-fake.ts';
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

/** What fake stages need. */
export interface FakeStagesOptions {
  readonly env: Environment;
  /** Hears what the fakes take. */
  readonly onWrite: (write: FakeWrite) => void;
}

/** One fake Langfuse for each wire: the sink finds out by itself how each wants to be written to. */
export function fakeStages(options: FakeStagesOptions): readonly OpenStage[] {
  return [
    () => openFake({ wire: 'ingestion', writeMode: 'legacy', ...options }),
    () => openFake({ wire: 'otlp', writeMode: 'events_only', ...options }),
  ];
}

interface FakeStageOptions extends FakeStagesOptions {
  readonly wire: string;
  readonly writeMode: WriteMode;
}

async function openFake({ wire, writeMode, env, onWrite }: FakeStageOptions): Promise<Stage> {
  const fake = createWatchedFake({ writeMode, history: 'none' });
  fake.watch((change) => {
    if (change.type === 'written') for (const write of change.writes) onWrite(write);
  });
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
