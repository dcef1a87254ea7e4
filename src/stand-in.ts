import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LifecycleRecord } from './records.ts';
import type { StandIn } from './sink.ts';

/** What a helper process delivers, and where. */
export interface StandInOrder {
  readonly sink: StandIn;
  readonly records: readonly LifecycleRecord[];
  readonly timeoutMs: number;
}

/**
 * Delivers in another process and waits for it, for the moment when this one's event loop is over. The order goes
 * through a pipe, because it holds keys: arguments and environment can be read by others.
 *
 * @returns whether the other process says that everything was delivered
 */
export function deliverByStandIn(order: StandInOrder): boolean {
  const script = fileURLToPath(new URL(scriptName(), import.meta.url));
  const { status } = spawnSync(process.execPath, [script], {
    input: JSON.stringify(order),
    // What the host preloads into its processes is not for this one.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout: order.timeoutMs,
    killSignal: 'SIGKILL',
    windowsHide: true,
  });
  return status === 0;
}

// Beside this file: as .ts where Node runs the source, as .js in the package, where all that is built lies in one folder.
function scriptName(): string {
  return import.meta.url.endsWith('.ts') ? './stand-in-main.ts' : './stand-in-main.js';
}
