import { toErrorFacts } from './error-facts.ts';

/** Something that has to be finished before the process is gone. */
export interface Interruptible {
  /** Ends what is open, with the cause in words, and says whether anything waits to be delivered. */
  end(ending: Interruption): 'nothing' | 'undelivered';
  /** Delivers while the event loop still runs, within `timeoutMs`. Never rejects. */
  deliver(timeoutMs: number): Promise<{ readonly pending: number }>;
  /** Delivers before it returns, within `timeoutMs`: the event loop is over. Never throws. */
  deliverNow(timeoutMs: number): void;
}

/** Why the process goes. */
export interface Interruption {
  /** `interrupted`: somebody or something ended it. `never_ended`: it ran out of work with runs still open. */
  readonly reason: 'interrupted' | 'never_ended';
  readonly message: string;
}

const signals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGHUP', 'SIGBREAK'] : ['SIGTERM', 'SIGINT', 'SIGHUP'];

interface Guarded {
  readonly interruptible: Interruptible;
  readonly timeoutMs: number;
  /** What is left of it after what was tried. */
  leftMs: number;
}

const guarded = new Set<Guarded>();
let uncaught: string | undefined;
let isLeaving = false;

/**
 * Finishes `interruptible` whichever way the process ends: a signal, `process.exit`, an uncaught exception, or no work
 * left. Exit code and signal stay what they would have been; other people's handlers run as if this were not there.
 *
 * @returns a function that ends the guard
 */
export function guardAgainstInterruption(
  interruptible: Interruptible,
  timeoutMs: number,
): () => void {
  const entry: Guarded = { interruptible, timeoutMs, leftMs: timeoutMs };
  if (guarded.size === 0) install();
  guarded.add(entry);
  return () => {
    if (guarded.delete(entry) && guarded.size === 0) uninstall();
  };
}

function install(): void {
  process.on('beforeExit', onBeforeExit);
  process.on('exit', onExit);
  process.on('uncaughtExceptionMonitor', onUncaught);
  // In a worker thread nobody calls what follows: its main thread ends it, which it sees as an exit.
  process.on('newListener', onNewListener);
  process.on('removeListener', onRemoveListener);
  for (const signal of signals) listenAlone(signal);
}

function uninstall(): void {
  process.off('newListener', onNewListener);
  process.off('removeListener', onRemoveListener);
  for (const signal of signals) process.off(signal, onSignal);
  process.off('beforeExit', onBeforeExit);
  process.off('exit', onExit);
  process.off('uncaughtExceptionMonitor', onUncaught);
}

/**
 * A listener of ours stands only where nobody else listens: many programs count the listeners of a signal to decide
 * whether to end the process themselves, and one that we add would make them wait for ever.
 */
function listenAlone(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 0) process.on(signal, onSignal);
}

function onNewListener(event: string | symbol, listener: unknown): void {
  if (!isSignal(event) || listener === onSignal) return;
  // Not at once: between our leaving and their coming Node would stop watching for the signal.
  queueMicrotask(() => {
    if (process.listeners(event).some((other) => other !== onSignal)) process.off(event, onSignal);
  });
}

function onRemoveListener(event: string | symbol, listener: unknown): void {
  if (isSignal(event) && listener !== onSignal && !isLeaving) listenAlone(event);
}

function isSignal(event: string | symbol): event is NodeJS.Signals {
  return signals.some((signal) => signal === event);
}

function onSignal(signal: NodeJS.Signals): void {
  // Asked twice: whoever asks does not want to wait.
  if (isLeaving) {
    raise(signal);
    return;
  }
  isLeaving = true;
  const interruption: Interruption = { reason: 'interrupted', message: signal };
  void Promise.all(endAll(interruption).map(deliverInHalfTheTime)).then(() => {
    deliverNow(interruption);
    raise(signal);
  });
}

/** Half of the time, so that the rest is left for a try without this process, whose requests may hang. */
async function deliverInHalfTheTime(entry: Guarded): Promise<void> {
  entry.leftMs = entry.timeoutMs / 2;
  const { pending } = await entry.interruptible.deliver(entry.leftMs);
  if (pending === 0) entry.leftMs = entry.timeoutMs;
}

function deliverNow(interruption: Interruption): void {
  for (const { interruptible, leftMs } of endAll(interruption)) interruptible.deliverNow(leftMs);
}

/** Lets the signal do what it does by default. */
function raise(signal: NodeJS.Signals): void {
  for (const other of signals) process.off(other, onSignal);
  process.kill(process.pid, signal);
}

function onBeforeExit(): void {
  const pending = endAll({
    reason: 'never_ended',
    message: 'the process ran out of work while the run was open',
  });
  for (const entry of pending) {
    // Delivering is work again, so Node comes back here; what could not be delivered is left to the exit.
    if (entry.leftMs === entry.timeoutMs) void deliverInHalfTheTime(entry);
  }
}

function onUncaught(error: unknown, origin: string): void {
  // Anything can be thrown, and what a getter of it throws here would change the exit code.
  const { type, message } = toErrorFacts(error);
  const cause = type === message ? type : `${type}: ${message}`;
  uncaught = `${origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception'}: ${cause}`;
  // A handler of the host may let the process live; a later exit has another cause.
  setImmediate(() => {
    uncaught = undefined;
  }).unref();
}

function onExit(code: number): void {
  deliverNow({ reason: 'interrupted', message: uncaught ?? `process.exit(${code})` });
}

function endAll(interruption: Interruption): readonly Guarded[] {
  return [...guarded].filter(
    ({ interruptible }) => interruptible.end(interruption) === 'undelivered',
  );
}
