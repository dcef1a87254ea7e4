import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';

import { blocksOf, readPage } from '../../docs/markdown.ts';
import type { EmptyProject } from '../installed-package.ts';
import { runProgram, toolchainNode } from '../node-programs.ts';
import { type Tools, toolVersion } from '../tools/install.ts';
import { endingsOf, withFake } from './fake.ts';

type Env = Readonly<Record<string, string>>;

/** As which time's runtime workerd behaves. */
interface Compatibility {
  readonly date: string;
  readonly flags: readonly string[];
}

const compatibilities: readonly Compatibility[] = [
  // The first date from which on there is FinalizationRegistry; `process.env` holds what is bound since a month before.
  { date: '2025-05-05', flags: ['nodejs_compat'] },
  // After the date from which on the compatibility with Node.js needs no flag.
  { date: '2026-09-01', flags: [] },
];

/** What happens on Cloudflare Workers: in their runtime, bundled by their bundler, with the package in `project`. */
export function describeWorkers(project: EmptyProject, tools: Tools): void {
  const folder = join(project.folder, 'worker');

  const wrangler = `Wrangler ${toolVersion('wrangler')}`;

  it.each(compatibilities)(
    `the sample for Cloudflare Workers leaves complete parents in workerd of $date, bundled by ${wrangler}`,
    async (compatibility) => {
      await bundle(compatibility);

      await withFake(async (fake, env) => {
        const requests = ['one', 'two', 'three', 'four'];
        await withWorkerd(compatibility, env, async (url) => {
          const answers = await Promise.all(requests.map((body) => ask(url, body)));

          expect(answers.toSorted()).toEqual([...Array(3).fill('200 on its way'), '500']);
          // Deliveries go on behind the answers.
          await expect
            .poll(() => endingsOf(fake).length, { timeout: 10_000 })
            .toBe(requests.length);
        });

        expect(endingsOf(fake).flatMap(({ missing }) => missing)).toEqual([]);
        expect(
          endingsOf(fake)
            .map(({ reason }) => String(reason))
            .toSorted(),
        ).toEqual(['exception', ...Array(3).fill('stop')]);
      });
    },
    120_000,
  );

  /** As `wrangler deploy` would upload it. */
  async function bundle({ date, flags }: Compatibility): Promise<void> {
    mkdirSync(folder, { recursive: true });
    cpSync(new URL('../fixtures/worker-answer.ts', import.meta.url), join(folder, 'answer.ts'));
    const sample = blocksOf(readPage('docs/serverless.md')).find(({ code }) =>
      code.includes('export default'),
    );
    writeFileSync(join(folder, 'worker.ts'), `import './answer.ts';\n${sample?.code ?? ''}`);
    writeFileSync(
      join(folder, 'wrangler.json'),
      JSON.stringify({
        name: 'agent',
        main: 'worker.ts',
        compatibility_date: date,
        compatibility_flags: flags,
      }),
    );
    const { exitCode, stdout, stderr } = await runProgram(toolchainNode.path, {
      args: [tools.wrangler, 'deploy', '--dry-run', '--outdir', 'out'],
      folder,
      // It writes logs into the home of whoever calls it, and would tell its makers of the call.
      env: { HOME: folder, WRANGLER_SEND_METRICS: 'false', CI: '1' },
    });
    expect(exitCode, stdout + stderr).toBe(0);
  }

  async function withWorkerd(
    compatibility: Compatibility,
    env: Env,
    fn: (url: string) => Promise<void>,
  ): Promise<void> {
    writeFileSync(join(folder, 'config.capnp'), workerdConfig(compatibility, env));
    const workerd = spawn(tools.workerd, ['serve', '--control-fd=3', 'config.capnp'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let told = '';
    workerd.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    try {
      await fn(`http://127.0.0.1:${await portOf(workerd.stdio[3])}`);
    } catch (error) {
      throw new Error(`workerd says: ${told}`, { cause: error });
    } finally {
      workerd.kill('SIGKILL');
      await once(workerd, 'exit');
    }
  }
}

/** Which port workerd took, from the line that it writes when it listens. */
async function portOf(control: unknown): Promise<number> {
  for await (const line of createInterface({ input: control as Readable })) {
    const message = JSON.parse(line) as { readonly event: string; readonly port: number };
    if (message.event === 'listen') return message.port;
  }
  throw new Error('It does not listen.');
}

async function ask(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: 'POST', body });
  const text = await response.text();
  return response.ok ? `${response.status} ${text}` : String(response.status);
}

/** The worker on loopback, allowed to reach loopback and nothing else. */
function workerdConfig({ date, flags }: Compatibility, env: Env): string {
  const bindings = Object.entries(env).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "out/worker.js")],
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [${bindings.join(', ')}],
);
`;
}
