import type { LifecycleEvent } from './events.ts';
import { ConfigError } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { RunOptions } from './run-options.ts';
import type { StreamFollower } from './stream/followed-stream.ts';

/** A run, or a step of it. */
export interface Place {
  readonly runId: string;
  readonly stepId?: string;
}

/** What an adapter knows of a run besides what any caller may say. */
export interface AdapterRunOptions extends RunOptions {
  /** What the run was made with, for example `langgraph`; stands in the metadata. */
  readonly framework: string;
  /** The framework's own id of the run, 1 to 200 characters, unique; default a new one. 32 hex digits become the trace id. */
  readonly runId?: string;
  /** When it began, milliseconds since the epoch; default now. */
  readonly startTime?: number;
  /** Where it was called, for a framework that knows; default where the caller is. */
  readonly parent?: Place;
}

/**
 * What a framework adapter stands on: it translates what its framework tells into lifecycle events, and knows nothing
 * about endings, sanitizing or delivery. Nothing in it throws.
 */
export interface AdapterPort {
  /** False when nothing is sent (no keys): an adapter need not look at anything then. */
  readonly isRecording: boolean;
  /** Starts a run; its conversation follows from the policy, and a run inside another becomes a child of that. */
  startRun(options: AdapterRunOptions): { readonly runId: string; readonly traceId: string };
  /** Takes an event of a run, in any order. Unlike `lifecycle.emit` it believes the type and is cheaper. */
  emit(event: LifecycleEvent): void;
  /** Calls `fn` inside a run or step, so that what `fn` starts is found there. */
  within<T>(place: Place, fn: () => T): T;
  /** Where the caller is. */
  current(): Place | undefined;
  /**
   * For a framework with an async context of its own: from now on `find` is asked where the caller is, and a run or step
   * that starts there starts inside of it. It counts while that run is open, and where it says something else than when
   * the caller's own run or step was entered. What it throws counts as nowhere. Gives the function that ends it.
   */
  locate(find: () => Place | undefined): () => void;
  /** Whether the run has started, is this process's, and has no ending yet. */
  isOpen(runId: string): boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls code of the adapter; what it throws becomes a diagnostic and never reaches the framework. */
  guard(what: string, fn: () => void): void;
  /**
   * Calls `fn` when the process or `shutdown()` is about to end what is open, for what only the adapter knows of it. What
   * comes back takes it back; what `fn` throws becomes a diagnostic.
   */
  beforeEnding(fn: () => void): () => void;
  /**
   * For a framework that may tell an ending just after its caller got the result: while `hasOpen` is true, `flush()` and
   * `shutdown()` let the event loop turn once before they look at what is open.
   */
  tellsLate(hasOpen: () => boolean): void;
  /**
   * The same kind of stream (an iterable, iterator, generator, `ReadableStream` or `Response`), with the same chunks; who
   * reads it is followed. Anything else comes back as it is.
   */
  follow<T>(stream: T, follower: StreamFollower): T;
}

// Registered, so that an adapter of a second installed copy of this package finds it too.
const key = Symbol.for('langfuse-lifecycle.adapter-port');

/** Gives the lifecycle its port. */
export function withAdapterPort<T extends object>(lifecycle: T, port: AdapterPort): T {
  return Object.defineProperty(lifecycle, key, { value: port });
}

/**
 * The port of a lifecycle for a framework adapter.
 *
 * @throws {ConfigError} when the value was not made by `createLifecycle`.
 */
export function adapterPort(lifecycle: Lifecycle): AdapterPort {
  const port: unknown =
    typeof lifecycle === 'object' && lifecycle !== null ? Reflect.get(lifecycle, key) : undefined;
  if (port === undefined) {
    const received = lifecycle === null ? 'null' : typeof lifecycle;
    throw new ConfigError(
      `lifecycle: expected what createLifecycle() returns, received ${received === 'object' ? 'another object' : received}. Pass the lifecycle itself, not its options, sink or a copy.`,
    );
  }
  return port as AdapterPort;
}
