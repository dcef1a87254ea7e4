import { Command, InvalidArgumentError, Option } from 'commander';

import { createFakeLangfuse, type WriteMode } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';

/** What `serve` needs of the process that runs it. */
export interface ServeSurroundings {
  /** Takes the one line that says where the fake listens. */
  readonly write: (text: string) => void;
  /** Resolves when the process is asked to stop. */
  readonly untilStopped: () => Promise<void>;
}

/**
 * `langfuse-lifecycle serve`: the fake Langfuse over HTTP, for development without keys. Its action resolves after SIGINT
 * or SIGTERM, when the server is closed; nothing then keeps the process alive, so that it exits with 0.
 */
export function serveCommand(surroundings: ServeSurroundings = processSurroundings): Command {
  return new Command('serve')
    .description('serve a fake Langfuse over HTTP, for development without keys')
    .option('--port <number>', 'port to listen on; 0 takes any free one', parsePort, 3000)
    .option('--host <name>', 'address to listen on', parseHost, '127.0.0.1')
    .addOption(
      new Option('--write-mode <mode>', 'how the server stores what it is sent')
        .choices(['legacy', 'dual', 'events_only'] satisfies WriteMode[])
        .default('events_only'),
    )
    .option('--server-version <version>', 'Langfuse version to be', parseVersion, '4.16.0')
    .option('--public-key <key>', 'public key to accept', parseKey, 'pk-lf-local')
    .option('--secret-key <key>', 'secret key to accept', parseKey, 'sk-lf-local')
    .action((flags: ServeFlags) => serve(flags, surroundings));
}

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly writeMode: WriteMode;
  readonly serverVersion: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

async function serve(flags: ServeFlags, surroundings: ServeSurroundings): Promise<void> {
  const { port, host, writeMode, serverVersion: version, publicKey, secretKey } = flags;
  const fake = createFakeLangfuse({ writeMode, version, publicKey, secretKey });
  const server = await serveFakeLangfuse(fake, { port, host });
  // Before the line: whoever reads it may send the signal at once.
  const stopped = surroundings.untilStopped();

  surroundings.write(
    `Fake Langfuse ${version} listens on ${server.url} (write mode ${writeMode}, LANGFUSE_PUBLIC_KEY=${publicKey}, LANGFUSE_SECRET_KEY=${secretKey})\n`,
  );
  await stopped;
  await server.close();
}

const processSurroundings: ServeSurroundings = {
  write: (text) => void process.stdout.write(text),
  untilStopped: () =>
    new Promise((resolve) => {
      const stop = (): void => {
        // A second signal then has its usual effect.
        process.off('SIGINT', stop).off('SIGTERM', stop);
        resolve();
      };
      process.on('SIGINT', stop).on('SIGTERM', stop);
    }),
};

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 65535, for example 3000.');
  }
  return port;
}

function parseHost(text: string): string {
  if (!/^[\w.:-]+$/.test(text)) {
    throw new InvalidArgumentError('Expected a host name or IP address, for example 127.0.0.1.');
  }
  return text;
}

function parseVersion(text: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(text)) {
    throw new InvalidArgumentError('Expected three numbers, for example 4.16.0 or 3.98.2.');
  }
  return text;
}

function parseKey(text: string): string {
  // A key with a colon could not be told from the other one in Basic authentication.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(text)) {
    throw new InvalidArgumentError(
      'Expected visible ASCII without colon or space, for example pk-lf-local.',
    );
  }
  return text;
}
