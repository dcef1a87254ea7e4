import { z } from 'zod';
import { type Clock, systemClock } from '../../../src/index.ts';
import type { LangfuseSettings } from '../config.ts';
import { createConnection } from '../connection.ts';
import { discover, type Discovery } from '../discovery.ts';
import { paths } from '../vocabulary.ts';
import type { AuditedTrace } from './audited-trace.ts';
import { createReadClient, type ReadClient, type ReadProgress } from './read-client.ts';
import { ReadError } from './read-error.ts';
import { type ReadModel, readTraces, type TracesAsked } from './read-traces.ts';

/** One project of one Langfuse, open for reading. Nothing is ever written to it. */
export interface AuditReads {
  readonly project: AuditedProject;
  /** The traces of a window, each once, roughly the latest first. Throws a ReadError. */
  traces(asked: TracesAsked): AsyncIterable<AuditedTrace>;
  /** Where a person looks at a trace. */
  readonly urlOf: (traceId: string) => string;
}

/** What is read, for a report. */
export interface AuditedProject {
  readonly baseUrl: string;
  readonly name: string;
  readonly model: ReadModel;
  /** Absent where the server was not asked: on Langfuse Cloud, and before version 4. */
  readonly writeMode?: WriteMode;
}

type WriteMode = NonNullable<Extract<Discovery, { type: 'known' }>['writeMode']>;

/** Who listens, and on whose clock pauses are made. */
export interface AuditReadsOptions {
  readonly tell: (progress: ReadProgress) => void;
  readonly clock?: Clock;
}

/**
 * Opens a project for reading: asks for its name, then which API tells the truth about it. A server in write mode
 * `legacy` answers the v4 API too, from an empty table. Throws a ReadError.
 */
export async function openAuditReads(
  settings: LangfuseSettings,
  { tell, clock = systemClock }: AuditReadsOptions,
): Promise<AuditReads> {
  const connection = createConnection(settings);
  const { baseUrl } = settings;
  const client = createReadClient({ http: connection.http, baseUrl, clock, tell });
  const { id, name } = await readProject(client);
  const found = await findModel({ settings, clock, tell });
  const { model } = found;
  return {
    project: { baseUrl, name, ...found },
    traces: (asked) => readTraces({ client, model, tell }, asked),
    urlOf: (traceId) =>
      `${baseUrl}/project/${encodeURIComponent(id)}/traces/${encodeURIComponent(traceId)}`,
  };
}

const projectSchema = z.object({ id: z.string(), name: z.string().nullish() });

async function readProject(
  client: ReadClient,
): Promise<{ readonly id: string; readonly name: string }> {
  const { data } = await client.get(paths.projects);
  const first: unknown = Array.isArray(data) ? data[0] : undefined;
  const project = projectSchema.safeParse(first);
  if (project.success) return { ...project.data, name: project.data.name ?? project.data.id };
  throw new ReadError(
    `${paths.projects} answered without a project. Check that the keys are those of a project and not of an organization.`,
  );
}

interface Asking {
  readonly settings: LangfuseSettings;
  readonly clock: Clock;
  readonly tell: (progress: ReadProgress) => void;
}

const questions = 20;

async function findModel({
  settings,
  clock,
  tell,
}: Asking): Promise<Pick<AuditedProject, 'model' | 'writeMode'>> {
  const connection = createConnection(settings);
  const { signal } = new AbortController();
  for (let asked = 1; asked <= questions; asked += 1) {
    const found = await discover(connection, { signal });
    if (found.type === 'known') {
      const { wire, writeMode } = found;
      const model = wire === 'otlp' ? 'v2-observations' : 'v1-traces';
      return { model, ...(writeMode !== undefined && { writeMode }) };
    }
    if (found.afterMs === undefined) break;
    const waitMs = found.afterMs;
    tell({ type: 'wait', waitMs, why: 'rate limit' });
    await new Promise<void>((resolve) => {
      clock.schedule(resolve, waitMs, 'process');
    });
  }
  throw new ReadError(
    `${settings.baseUrl} does not tell in which write mode it is (health, the v1 traces and the v2 metrics were asked), so it is not known which of its APIs is complete. Try again; if it stays so, look into the log of the server.`,
  );
}
