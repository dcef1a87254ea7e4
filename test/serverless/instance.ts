import { onTestFinished } from 'vitest';
import {
  createLifecycle,
  type Diagnostic,
  type Lifecycle,
  type LifecycleOptions,
} from '../../adapters/index.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';
import {
  createFakeLangfuse,
  type FakeLangfuse,
  type WriteMode,
} from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';

/** The modes of a server that is found out to want the one wire or the other. */
export const writeModes: readonly WriteMode[] = ['legacy', 'events_only'];

/** A clock that can be set while no timer runs, as the clock of a machine that is frozen or corrected. */
export interface FreezableClock extends ManualClock {
  /** Sets the clock forward or, below zero, backward. What falls due on the way is not called. */
  set(milliseconds: number): void;
}

function createFreezableClock(): FreezableClock {
  const clock = createManualClock();
  let offset = 0;
  return {
    now: () => clock.now() + offset,
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
    advance: (milliseconds) => clock.advance(milliseconds),
    get scheduled() {
      return clock.scheduled;
    },
    set(milliseconds) {
      offset += milliseconds;
    },
  };
}

/** One process that serves invocations, and the Langfuse that it sends to. */
export interface Instance {
  readonly clock: FreezableClock;
  readonly fake: FakeLangfuse;
  readonly lifecycle: Lifecycle;
  readonly diagnostics: readonly Diagnostic[];
}

/** Starts an instance and a Langfuse over a real socket; the wire is found out. */
export async function startInstance(
  writeMode: WriteMode,
  options: Pick<LifecycleOptions, 'sampling' | 'limits'> = {},
): Promise<Instance> {
  const clock = createFreezableClock();
  const fake = createFakeLangfuse({ writeMode, now: () => clock.now() });
  const server = await serveFakeLangfuse(fake);
  onTestFinished(() => server.close());
  const diagnostics: Diagnostic[] = [];
  const { publicKey, secretKey } = fake.options;
  const lifecycle = createLifecycle({
    sink: langfuse({ baseUrl: server.url, publicKey, secretKey, env: {}, dotenv: false }),
    interruption: false,
    clock,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...options,
  });
  return { clock, fake, lifecycle, diagnostics };
}
