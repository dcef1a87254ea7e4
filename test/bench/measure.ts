import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { startCollector } from './collector/collector.ts';
import type { Sample } from './figures/figure.ts';
import type { Assignment, MeasuringMessage } from './measuring-process.ts';

/** What came of one measurement. */
export type Measured =
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'failed'; readonly message: string };

const program = fileURLToPath(new URL('measuring-process.ts', import.meta.url));
const longestMs = { quick: 240_000, full: 900_000, long: 7_200_000 } as const;
const keptStderr = 2_000;

/** Measures one contender in a process of its own, with a collector of its own. */
export async function measure(assignment: Omit<Assignment, 'url'>): Promise<Measured> {
  const collector = await startCollector();
  try {
    return await new Promise((resolve) => {
      const child = fork(program, [JSON.stringify({ ...assignment, url: collector.url })], {
        execArgv: ['--max-old-space-size=4096'],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: cleanEnvironment(),
      });
      const timer = setTimeout(() => child.kill('SIGKILL'), longestMs[assignment.extent]);
      let stderr = '';
      child.stderr?.on('data', (chunk) => {
        stderr = (stderr + String(chunk)).slice(-keptStderr);
      });
      child.on('message', (message) => {
        const said = message as MeasuringMessage;
        if (said.type === 'sample') resolve(said);
        else void collector.tell(said.command).then((report) => child.send(report));
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        const why =
          signal === 'SIGKILL'
            ? `it took longer than ${longestMs[assignment.extent] / 1_000} s`
            : `it ended with ${code ?? signal}`;
        resolve({ type: 'failed', message: `${why}. ${stderr}` });
      });
    });
  } finally {
    collector.close();
  }
}

// What is set for the tracing of this machine is none of the benchmark's business.
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:LANGFUSE|OTEL|BRAINTRUST|LANGSMITH|LANGCHAIN|NODE_OPTIONS|https?_proxy)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
