// A host program that ends in a way of its own. With TRACED=1 its work is a run; without, it is the same program
// without us, to compare what the outside sees.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { createLifecycle, type Lifecycle } from '../../adapters/index.ts';

const ending = process.argv[2] ?? '';
const isTraced = process.env['TRACED'] === '1';
// How much time the end may take is not what most rows are about, and the machine may be busy.
const timeoutMs = Number(process.env['END_WITHIN_MS'] ?? 10_000);

interface Work {
  run<T>(
    options: { readonly name: string; readonly input: unknown; readonly conversationId: string },
    fn: (run: Steps) => T,
  ): T;
}

interface Steps {
  step<T>(options: { readonly name: string; readonly kind: 'tool' }, fn: () => T): T;
  startStep(options: { readonly name: string; readonly kind: 'generation' }): unknown;
}

const untraced: Work = {
  run: (_options, fn) => fn({ step: (_step, work) => work(), startStep: () => undefined }),
};
const work: Work | Lifecycle = isTraced
  ? createLifecycle({ interruption: { timeoutMs } })
  : untraced;

const forever = new Promise<never>(() => {});
const options = { name: 'agent', input: { question: 'why?' }, conversationId: 'chat-1' };

/** Work with a finished step and one that is still going on. */
function openRun(then: () => unknown): unknown {
  return work.run(options, async (run) => {
    run.step({ name: 'search', kind: 'tool' }, () => 'found');
    run.startStep({ name: 'think', kind: 'generation' });
    await then();
    return forever;
  });
}

function finishedRun(): unknown {
  return work.run(options, (run) => run.step({ name: 'search', kind: 'tool' }, () => 'found'));
}

function stayAlive(): void {
  createServer().listen(0, '127.0.0.1', () => process.stdout.write('ready\n'));
}

const endings: Readonly<Record<string, () => unknown>> = {
  'end of the program': () => finishedRun(),
  'drained with an open run': () => void openRun(() => undefined),
  'process.exit in mid-run': () => void openRun(() => process.exit(3)),
  'process.exit right after a run': () => {
    finishedRun();
    process.exit(0);
  },
  'process.exitCode and the end': () => {
    finishedRun();
    process.exitCode = 4;
  },
  'uncaught exception': () => {
    void openRun(() => undefined);
    setTimeout(() => {
      throw new Error('boom');
    }, 5);
  },
  'uncaught value that is no Error': () => {
    void openRun(() => undefined);
    setTimeout(() => {
      const thrown: unknown = 'out of paper';
      throw thrown;
    }, 5);
  },
  'unhandled rejection': () => {
    void openRun(() => undefined);
    setTimeout(() => void Promise.reject(new Error('boom')), 5);
  },
  'a signal': () => {
    void openRun(() => undefined);
    stayAlive();
  },
  'process.kill of itself': () => {
    void openRun(() => undefined);
    stayAlive();
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);
  },
  'a signal with a handler that exits': () => {
    process.on('SIGTERM', () => {
      process.stdout.write('bye\n');
      process.exit(5);
    });
    void openRun(() => undefined);
    stayAlive();
  },
  'a signal with a handler that lets go': () => {
    const server = createServer().listen(0, '127.0.0.1', () => process.stdout.write('ready\n'));
    process.on('SIGTERM', () => {
      process.stdout.write('closing\n');
      server.close();
    });
    void openRun(() => undefined);
  },
  // What the package signal-exit does: it ends the process itself only when nobody else listens.
  'a signal with a handler that counts listeners': () => {
    const handler = (): void => {
      if (process.listenerCount('SIGTERM') !== 1) return;
      process.off('SIGTERM', handler);
      process.stdout.write('handled\n');
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', handler);
    void openRun(() => undefined);
    stayAlive();
  },
  'a cluster worker that is stopped': () => {
    if (cluster.isPrimary) {
      cluster.setupPrimary({ args: ['a cluster worker that is stopped'] });
      const worker = cluster.fork();
      worker.once('message', () => worker.process.kill('SIGTERM'));
      worker.once('exit', (code, signal) =>
        process.stdout.write(`worker ended with ${String(code)} and ${signal}\n`),
      );
      return;
    }
    void openRun(() => undefined);
    process.send?.('ready');
  },
  'process.exit in a worker thread': () => inWorker('process.exit in mid-run'),
  'uncaught exception in a worker thread': () => inWorker('uncaught exception'),
};

async function inWorker(inner: string): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: [inner] });
  worker.on('error', (error) => process.stdout.write(`worker failed: ${String(error)}\n`));
  const [code] = await once(worker, 'exit').catch(() => ['failed']);
  process.stdout.write(`worker exited with ${String(code)}\n`);
}

const program = endings[ending];
if (program === undefined)
  throw new Error(`no ending ${ending}; one of ${Object.keys(endings).join(', ')}`);
if (isMainThread && cluster.isPrimary) process.stdout.write('started\n');
void program();
