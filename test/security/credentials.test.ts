import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { langfuse } from '../../adapters/langfuse/index.ts';
import { createLifecycle, type Diagnostic } from '../../src/index.ts';
import { packageFolder } from '../docs/markdown.ts';

const keys = { publicKey: 'pk-lf-made-up', secretKey: 'sk-lf-made-up-for-this-test' } as const;
const basic = Buffer.from(`${keys.publicKey}:${keys.secretKey}`).toString('base64');

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function traceTo(baseUrl: string): Promise<readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  const lifecycle = createLifecycle({
    sink: langfuse({ baseUrl, ...keys, wire: 'otlp', dotenv: false }),
    interruption: false,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
  });
  lifecycle.run({ name: 'agent', input: 'question' }, () => 'answer');
  await lifecycle.shutdown({ timeoutMs: 2_000 });
  return diagnostics;
}

/** Arguments and variables of each helper process that runs now, as other users of the machine could see them. */
function describeHelpers(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ['cmdline', 'environ'].map((file) => readProcess(pid, file)).join('\n'))
    .filter((text) => text.includes('stand-in-main'));
}

function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(join('/proc', pid, file), 'utf8');
  } catch {
    // It is over by now, or somebody else's.
    return '';
  }
}

describe('the keys of Langfuse', () => {
  it('do not go to the host that a server redirects to', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const other = await listen((request, response) => {
      seen.push(request.headers);
      request.resume();
      response.end('{}');
    });
    const named = await listen((request, response) => {
      request.resume();
      response.writeHead(308, { location: `${other}${request.url ?? ''}` }).end();
    });

    await traceTo(named);

    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain(keys.secretKey);
    expect(JSON.stringify(seen)).not.toContain(basic);
  });

  // Other systems show arguments and variables in other ways.
  it.runIf(process.platform === 'linux')(
    'stand neither in the arguments nor in the variables of the helper process',
    async () => {
      const seen: string[] = [];
      const url = await listen((request, response) => {
        seen.push(...describeHelpers());
        request.resume();
        response.end('{}');
      });
      const folder = mkdtempSync(join(tmpdir(), 'langfuse-lifecycle-security-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const program = join(folder, 'program.ts');
      writeFileSync(
        program,
        `import { createLifecycle } from ${JSON.stringify(join(packageFolder, 'src/index.ts'))};
         import { langfuse } from ${JSON.stringify(join(packageFolder, 'adapters/langfuse/index.ts'))};
         const options = ${JSON.stringify({ baseUrl: url, ...keys, wire: 'otlp', dotenv: false })};
         createLifecycle({ sink: langfuse(options) }).run({ name: 'agent' }, () => 'answer');
         process.exit(0);`,
      );

      const child = spawn(process.execPath, [program], { env: { PATH: process.env['PATH'] } });
      await once(child, 'exit');

      expect(seen.join('')).toContain('stand-in-main');
      expect(seen.join('')).not.toContain(keys.secretKey);
    },
  );

  it.each([401, 403, 404, 413, 500])(
    'stand in no diagnostic, also when a server repeats them with status %i',
    async (status) => {
      const url = await listen((request, response) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            message: `no ${keys.secretKey} here: ${String(request.headers.authorization)}`,
          }),
        );
      });

      const diagnostics = await traceTo(url);

      expect(diagnostics.length).toBeGreaterThan(0);
      expect(JSON.stringify(diagnostics)).not.toContain(keys.secretKey);
      expect(JSON.stringify(diagnostics)).not.toContain(basic);
    },
  );
});
