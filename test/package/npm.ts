import { packageFolder, type ProgramResult, runProgram } from './node-programs.ts';

/** How to run npm. */
export interface NpmOptions {
  readonly folder: string;
  readonly timeoutMs?: number;
}

/** What npm calls it when there is no network, no registry, or nothing in the cache with `--offline`. */
export const networkErrors: RegExp =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|EIDLETIMEOUT)\b/;

/** Runs npm without the scripts of packages: ours would build dist again, under the feet of the other tests. */
export function npm(
  args: readonly string[],
  { folder, timeoutMs = 60_000 }: NpmOptions,
): Promise<ProgramResult> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // With the whole environment: it says how the registry is reached.
  return runProgram('npm', {
    args: [...args, ...quiet],
    folder,
    timeoutMs,
    env: outerEnvironment(),
  });
}

/**
 * Runs npm to install something. Rejects when it fails, unless the registry does not answer.
 *
 * @returns why nothing could be installed, or undefined when it was
 */
export async function npmInstall(
  args: readonly string[],
  options: NpmOptions,
): Promise<string | undefined> {
  const { exitCode, stderr } = await npm(args, { timeoutMs: 300_000, ...options });
  if (exitCode === 0) return undefined;
  const code = networkErrors.exec(stderr)?.[0];
  if (code === undefined) throw new Error(`npm ${args.join(' ')} failed: ${stderr}`);
  return `the npm registry is not reachable: ${code}`;
}

/** A file of a tarball. */
export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** A tarball, and what is in it. */
export interface Tarball {
  readonly path: string;
  readonly bytes: number;
  readonly files: readonly PackedFile[];
}

/** Packs what is built, as publishing would, into `folder`. */
export async function pack(folder: string): Promise<Tarball> {
  const args = ['pack', '--json', '--pack-destination', folder];
  const { stdout, stderr } = await npm(args, { folder: packageFolder });
  if (stdout === '') throw new Error(`npm pack failed: ${stderr}`);
  // npm prints a list, from version 12 on an object by package.
  const [packed] = Object.values(
    JSON.parse(stdout) as Readonly<
      Record<string, { filename: string; size: number; files: readonly PackedFile[] }>
    >,
  );
  if (packed === undefined) throw new Error(`npm pack packed nothing: ${stdout}`);
  return { path: `${folder}/${packed.filename}`, bytes: packed.size, files: packed.files };
}

/** This process's environment without what an npm around it says of its own package. */
function outerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?:package|lifecycle|command|config_(?:local_prefix|prefix))/i.test(name),
    ),
  );
}
