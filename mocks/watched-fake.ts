import type { FakeReply, FakeRequest, FakeResponse } from './fake-exchange.ts';
import type { FakeLangfuse, FakeLangfuseOptions, SeenRequest } from './fake-contract.ts';
import { createLangfuseServer } from './fake/langfuse-server.ts';
import { bodyOf, route, targetOf } from './fake/routes.ts';
import type { RequestBody } from './fake/routes.ts';
import { capabilitiesOf, effectiveWriteMode } from './fake/server-version.ts';
import type { FakeWrite } from './fake/writes.ts';
import { serverError } from './fault-responses.ts';
import { createFaultQueue, toReply } from './faults.ts';
import type { Fault } from './faults.ts';

/** What kind of fake, and what it remembers of its requests. */
export interface WatchedFakeOptions extends FakeLangfuseOptions {
  /** `none` keeps `requests`, `ingestionEvents` and `otlpSpans` empty, for a server that runs for days. */
  readonly history: 'all' | 'none';
}

/** What changed in a fake. */
export type FakeChange =
  | { readonly type: 'written'; readonly writes: readonly FakeWrite[] }
  | { readonly type: 'forgotten'; readonly traceIds: ReadonlySet<string> };

/** A fake that tells what it stores, takes it back, and can forget. */
export interface WatchedFake extends FakeLangfuse {
  /** Calls the listener after each change; gives a function that ends it. Not told: a `reset()`. */
  watch(listener: (change: FakeChange) => void): () => void;
  /** Stores what was taken before, here or elsewhere; false, and nothing is stored, for what no server can have taken. */
  replay(write: FakeWrite): boolean;
  /** Drops traces with all that belongs to them; empty text stands for what belongs to no trace. */
  forget(traceIds: ReadonlySet<string>): void;
}

const defaults = {
  writeMode: 'events_only',
  version: '4.16.0',
  publicKey: 'pk-lf-local',
  secretKey: 'sk-lf-local',
} as const;

/** Makes a fake; throws a TypeError on a version that is none. */
export function createWatchedFake({ history, ...options }: WatchedFakeOptions): WatchedFake {
  const settings = { ...defaults, now: Date.now, ...options };
  const capabilities = capabilitiesOf(settings.version);
  const faults = createFaultQueue(settings.now);
  const requests: SeenRequest[] = [];
  const ingestionEvents: unknown[] = [];
  const otlpSpans: unknown[] = [];
  const listeners = new Set<(change: FakeChange) => void>();
  let server = createServer();

  function createServer(): ReturnType<typeof createLangfuseServer> {
    return createLangfuseServer({
      onIngestionEvents: (events) => note(ingestionEvents, events),
      onOtlpSpans: (spans) => note(otlpSpans, spans),
      onStored(toWrites) {
        if (listeners.size > 0) tell({ type: 'written', writes: toWrites() });
      },
    });
  }

  function note<Item>(list: Item[], items: readonly Item[]): void {
    if (history === 'all') list.push(...items);
  }

  function tell(change: FakeChange): void {
    for (const listener of listeners) listener(change);
  }

  function answer(request: FakeRequest, { body, fault }: Handling): FakeResponse {
    try {
      return route(request, body, {
        server,
        keys: settings,
        version: settings.version,
        capabilities,
        writeMode: effectiveWriteMode(settings.writeMode, capabilities),
        nowMs: settings.now(),
        refuse: fault?.type === 'partial' ? fault.refuse : () => undefined,
      });
    } catch (error) {
      // JSON that is nested deeper than the call stack; anything else is a bug that shall be seen.
      if (error instanceof RangeError) return serverError(500, targetOf(request));
      throw error;
    }
  }

  return {
    options: settings,
    requests,
    ingestionEvents,
    otlpSpans,
    handle(request) {
      const fault = faults.take(targetOf(request));
      const body = bodyOf(request, capabilities);
      const respond = (): FakeResponse => answer(request, { body, fault });
      const reply: FakeReply =
        fault === undefined
          ? { type: 'response', response: respond(), delayMs: 0 }
          : toReply(fault, respond);
      note(requests, [toSeen(request, { json: body.json, reply })]);
      return reply;
    },
    setWriteMode(writeMode) {
      settings.writeMode = writeMode;
    },
    fault: (fault) => faults.add(fault),
    traces: () => server.traces(),
    trace: (traceId) => server.trace(traceId),
    reset() {
      for (const list of [requests, ingestionEvents, otlpSpans]) list.length = 0;
      server = createServer();
      faults.clear();
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    replay: (write) => server.replay(write),
    forget(traceIds) {
      server.forget(traceIds);
      tell({ type: 'forgotten', traceIds });
    },
  };
}

interface Handling {
  readonly body: RequestBody;
  readonly fault: Fault | undefined;
}

function toSeen(
  { method, path, headers, body }: FakeRequest,
  { json, reply }: { readonly json: unknown; readonly reply: FakeReply },
): SeenRequest {
  const status = reply.type === 'response' ? reply.response.status : undefined;
  return { method, path, headers, bytes: body.byteLength, json, status };
}
