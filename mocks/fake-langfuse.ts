import type { FakeLangfuse, FakeLangfuseOptions } from './fake-contract.ts';
import { createWatchedFake } from './watched-fake.ts';

export type { FakeReply, FakeRequest, FakeResponse } from './fake-exchange.ts';
export type { FakeLangfuse, FakeLangfuseOptions, SeenRequest } from './fake-contract.ts';
export type { FakeObservation, FakeTrace } from './fake-trace.ts';
export type { WriteMode } from './fake/server-version.ts';

/**
 * A fresh, empty Langfuse; without options a v4 server that takes OTLP only (`events_only`). Throws a TypeError on a
 * version that is none.
 *
 * @example
 * const fake = createFakeLangfuse({ writeMode: 'dual' });
 * const reply = fake.handle({ method: 'GET', path: '/api/public/health', headers: {}, body: new Uint8Array() });
 */
export function createFakeLangfuse(options: FakeLangfuseOptions = {}): FakeLangfuse {
  return createWatchedFake({ ...options, history: 'all' });
}
