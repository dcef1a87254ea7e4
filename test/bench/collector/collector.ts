import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Arrivals } from './arrivals.ts';

/** What a collector can be told; `down` refuses connections until `up`. */
export type CollectorCommand = 'up' | 'down' | 'forget' | 'count-only' | 'report';

/** What a collector answers to every command. */
export interface CollectorReport {
  readonly url: string;
  readonly arrivals: Arrivals;
}

/** A loopback server in a process of its own, which answers as the real ones do and counts. */
export interface Collector {
  readonly url: string;
  tell(command: CollectorCommand): Promise<CollectorReport>;
  close(): void;
}

const program = fileURLToPath(new URL('collector-process.ts', import.meta.url));

/** Starts a collector on a free port. */
export async function startCollector(): Promise<Collector> {
  const child = fork(program, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { url } = await tell(child, 'up');
  return { url, tell: (command) => tell(child, command), close: () => child.disconnect() };
}

function tell(child: ChildProcess, command: CollectorCommand): Promise<CollectorReport> {
  return new Promise((resolve, reject) => {
    const fail = (code: number | null): void =>
      reject(new Error(`The collector ended with ${code}.`));
    child.once('exit', fail);
    child.once('message', (report) => {
      child.off('exit', fail);
      resolve(report as CollectorReport);
    });
    child.send(command);
  });
}
