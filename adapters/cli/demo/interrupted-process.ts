import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type InterruptionOrder, type ReadyMessage, readyMessageSchema } from './interruptions.ts';

/** How a process that was interrupted is watched. */
export interface InterruptedProcessOptions {
  /** The whole environment of the process; its `LANGFUSE_*` say where the traces go. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When the process is killed because nothing else ends it, milliseconds. Default 20,000. */
  readonly timeoutMs?: number;
  /** Called when the agent's tool waits, before the process is interrupted. */
  readonly onReady: (message: ReadyMessage) => void;
}

/** What came of it. */
export interface InterruptedProcess {
  /** For example `exit code 3` or `signal SIGTERM`. */
  readonly exit: string;
  /** What it wrote to standard error: Node's report of a crash, and problems of the delivery. */
  readonly errors: string;
}

/** Starts a process with an agent, interrupts it when a tool of the agent waits, and resolves when it is gone. */
export async function runInterrupted(
  order: InterruptionOrder,
  { env, timeoutMs = 20_000, onReady }: InterruptedProcessOptions,
): Promise<InterruptedProcess> {
  const script = fileURLToPath(new URL(scriptName(), import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    // What the host preloads into its processes is not for this one.
    env: { ...env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  createInterface({ input: child.stdout }).once('line', (line) => {
    onReady(readyMessageSchema.parse(JSON.parse(line)));
    if (order.interruption === 'SIGTERM') child.kill('SIGTERM');
    else child.stdin.end();
  });
  const [errors, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { exit: signal === null ? `exit code ${code}` : `signal ${signal}`, errors };
}

// Beside this file: as .ts where Node runs the source, as .js in the package, where all that is built lies in one folder.
function scriptName(): string {
  return import.meta.url.endsWith('.ts') ? './interrupted-agent.ts' : './interrupted-agent.js';
}
