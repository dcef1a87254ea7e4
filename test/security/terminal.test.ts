import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { plain } from '../../adapters/cli/terminal/paint.ts';
import { toTreeLines } from '../../adapters/cli/demo/tree.ts';
import { doctorCommand } from '../../adapters/cli/doctor/command.ts';
import { sendCommand } from '../../adapters/cli/send/command.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import { createFakeLangfuse, type FakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import {
  consoleSink,
  createLifecycle,
  type Diagnostic,
  type LifecycleOptions,
  memorySink,
} from '../../src/index.ts';
import { steering, steeringCharacters } from './hostile-values.ts';

/** Ends a run twice, so that there is something to say about it. */
async function leaveDiagnostics(options: Partial<LifecycleOptions>): Promise<void> {
  const lifecycle = createLifecycle({ sink: memorySink(), interruption: false, ...options });
  const run = { runId: `run ${steering}` };
  lifecycle.emit({ type: 'run-start', ...run, name: `agent ${steering}` });
  lifecycle.emit({ type: 'run-end', ...run, status: 'completed' });
  await lifecycle.flush();
  lifecycle.emit({ type: 'run-end', ...run, status: 'error', error: { type: 'E', message: 'm' } });
  lifecycle.emit({ type: steering, ...run });
  await lifecycle.shutdown();
}

async function serve(fake: FakeLangfuse): Promise<{ readonly url: string }> {
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  return server;
}

async function serveAnswers(
  answers: Readonly<Record<string, unknown>>,
): Promise<{ readonly url: string }> {
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a name, an id or an answer that would steer a terminal or forge a line of a log', () => {
  it('is harmless in the message of a diagnostic', async () => {
    const heard: Diagnostic[] = [];

    await leaveDiagnostics({ onDiagnostic: (diagnostic) => heard.push(diagnostic) });

    expect(heard.map(({ code }) => code)).toEqual(['late_ending', 'invalid_event']);
    expect(heard.map(({ message }) => message).join('')).not.toMatch(steeringCharacters);
  });

  it('is one line on stderr, where diagnostics go by themselves', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => write.mockRestore());

    await leaveDiagnostics({});

    const lines = write.mock.calls.map(([text]) => String(text));
    expect(lines).toHaveLength(2);
    expect(lines).toEqual(
      lines.map(() => expect.stringMatching(/^\[langfuse-lifecycle\] [^\n]+\n$/)),
    );
    expect(lines.map((line) => line.slice(0, -1)).join('')).not.toMatch(steeringCharacters);
  });

  it('is one line of the console sink', async () => {
    const lines: string[] = [];
    const lifecycle = createLifecycle({
      sink: consoleSink({ write: (line) => lines.push(line) }),
      interruption: false,
    });

    await lifecycle
      .run({ name: steering, conversationId: steering }, async () => {
        throw new Error(steering);
      })
      .catch(() => undefined);
    await lifecycle.shutdown();

    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toMatch(steeringCharacters);
  });

  it('is harmless in the tree that the demo prints', async () => {
    const fake = createFakeLangfuse();
    const { publicKey, secretKey } = fake.options;
    const { url } = await serve(fake);
    const lifecycle = createLifecycle({
      sink: langfuse({ baseUrl: url, publicKey, secretKey, dotenv: false }),
      interruption: false,
    });
    lifecycle.run({ name: steering, conversationId: steering }, (run) => {
      run.step({ kind: 'tool', name: steering, input: steering }, () => steering);
      run.fail(new Error(steering));
    });
    await lifecycle.shutdown();

    const lines = fake
      .traces()
      .flatMap((trace) => toTreeLines(trace, { paint: plain, width: 200 }));

    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join('')).not.toMatch(steeringCharacters);
  });

  it('is harmless in what the doctor says about a server', async () => {
    const { url } = await serveAnswers({
      '/api/public/health': { status: 'OK', version: '4.16.0' },
      '/api/public/projects': { data: [{ id: steering, name: steering }] },
    });
    let output = '';
    const command = doctorCommand({
      env: {
        LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
        LANGFUSE_SECRET_KEY: 'sk-lf-local',
        LANGFUSE_BASE_URL: url,
      },
      dotenvText: '',
      createSink: (options) => langfuse(options),
      surroundings: () => ({ openTelemetry: undefined, manifest: undefined }),
      wait: () => Promise.resolve(),
      write: (text) => void (output += text),
      paint: plain,
      setExitCode: () => undefined,
      exit: () => undefined,
    });

    await command.parseAsync(['--no-probe'], { from: 'user' });

    expect(output).toContain('accepted for the project a [2J 31m');
    expect(output.replaceAll('\n', '')).not.toMatch(steeringCharacters);
  });

  it('is harmless in what send says about a line', async () => {
    let errors = '';
    const lines = [{ type: steering }, { type: 'run-start', runId: 'a', name: 'n', [steering]: 1 }];
    const command = sendCommand({
      createSink: () => memorySink(),
      stdin: Readable.from(lines.map((line) => Buffer.from(`${JSON.stringify(line)}\n`))),
      write: () => undefined,
      writeError: (text) => void (errors += text),
      showProgress: undefined,
      onStop: () => () => undefined,
      setExitCode: () => undefined,
    });

    await command.parseAsync([], { from: 'user' });

    expect(errors.split('\n')).toHaveLength(3);
    expect(errors.replaceAll('\n', '')).not.toMatch(steeringCharacters);
  });
});
