import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';

/** The variables that are read, all optional. The same names as in Langfuse's own SDKs where those have one. */
export interface LangfuseEnvironment {
  readonly LANGFUSE_PUBLIC_KEY?: string | undefined;
  readonly LANGFUSE_SECRET_KEY?: string | undefined;
  readonly LANGFUSE_BASE_URL?: string | undefined;
  readonly LANGFUSE_BASEURL?: string | undefined;
  readonly LANGFUSE_HOST?: string | undefined;
  readonly LANGFUSE_TRACING_ENVIRONMENT?: string | undefined;
  readonly LANGFUSE_RELEASE?: string | undefined;
  readonly LANGFUSE_SAMPLE_RATE?: string | undefined;
  readonly LANGFUSE_WIRE?: string | undefined;
  readonly LANGFUSE_LIFECYCLE_JOURNAL?: string | undefined;
}

/** Every variable with what it holds: the comments of `.env.example`. */
export const variableDescriptions: Readonly<Record<keyof LangfuseEnvironment, string>> = {
  LANGFUSE_PUBLIC_KEY: 'Public key of the project (pk-lf-…), from its settings page.',
  LANGFUSE_SECRET_KEY: 'Secret key of the project (sk-lf-…), from its settings page.',
  LANGFUSE_BASE_URL: 'Address of Langfuse. Default: https://cloud.langfuse.com',
  LANGFUSE_BASEURL: 'Other name of LANGFUSE_BASE_URL, read when that is not set.',
  LANGFUSE_HOST: 'Other name of LANGFUSE_BASE_URL, read when both of the above are not set.',
  LANGFUSE_TRACING_ENVIRONMENT:
    'Environment of the traces, for example production: a-z, 0-9, - and _, at most 40 characters, not starting with langfuse.',
  LANGFUSE_RELEASE: 'Release of your application, for example a commit hash.',
  LANGFUSE_SAMPLE_RATE: 'Share of runs to trace, from 0 to 1. Default: 1',
  LANGFUSE_WIRE:
    'How to send: auto (asks the server), ingestion (legacy endpoint) or otlp. Default: auto',
  LANGFUSE_LIFECYCLE_JOURNAL:
    'Directory for a journal from which runs are delivered after a crash. Default: no journal',
};

const addressNames = ['LANGFUSE_BASE_URL', 'LANGFUSE_BASEURL', 'LANGFUSE_HOST'] as const;

/** Where variables come from. */
export interface EnvironmentSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a `.env` file; its `LANGFUSE_*` variables count where `env` has none. */
  readonly dotenvText?: string;
}

/** The variables that are set, cleaned of blanks and of quotes that were pasted along; blank ones are left out. */
export function readEnvironment({ env, dotenvText = '' }: EnvironmentSources): LangfuseEnvironment {
  const own = cleaned(env);
  // Most programs have no such file: theirs do not load what reads it.
  const file = dotenvText === '' ? {} : cleaned(parse(dotenvText));
  if (addressNames.some((name) => name in own)) {
    // An address in the environment wins whatever it is called.
    for (const name of addressNames) delete file[name];
  }
  const known = Object.entries({ ...file, ...own }).filter(([name]) =>
    Object.hasOwn(variableDescriptions, name),
  );
  return Object.fromEntries(known);
}

/** The variables of this process: its environment, then the `.env` of the working directory. */
export function readLangfuseEnvironment(): LangfuseEnvironment {
  return readEnvironment({ env: process.env, dotenvText: readDotenvFile() });
}

/** The `.env` of the working directory; empty when there is none that can be read. */
export function readDotenvFile(): string {
  try {
    return readFileSync(join(process.cwd(), '.env'), 'utf8');
  } catch {
    return '';
  }
}

/** Without surrounding blanks and quotes; undefined when nothing is left. */
export function cleanedText(value: string | undefined): string | undefined {
  const bare = value
    ?.trim()
    .replace(/^(["'`])(.*)\1$/s, '$2')
    .trim();
  return bare === '' ? undefined : bare;
}

function cleaned(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('LANGFUSE_')) continue;
    const bare = cleanedText(value);
    if (bare !== undefined) kept[name] = bare;
  }
  return kept;
}
