import type { Clock, ScheduledCall } from './clock.ts';

/** One call that is due at some time; the earliest time that is asked for counts. */
export interface WakeUp {
  /** When it is due, milliseconds since the epoch; undefined when it is not. */
  readonly at: number | undefined;
  /** Makes it due at `time`, unless it is earlier. */
  by(time: number): void;
  cancel(): void;
}

/** `fn` is called once each time that it falls due. */
export function createWakeUp(clock: Clock, fn: () => void): WakeUp {
  let due: { readonly at: number; readonly call: ScheduledCall } | undefined;
  return {
    get at() {
      return due?.at;
    },
    by(time) {
      if (due !== undefined && due.at <= time) return;
      due?.call.cancel();
      const call = clock.schedule(
        () => {
          due = undefined;
          fn();
        },
        Math.max(0, time - clock.now()),
      );
      due = { at: time, call };
    },
    cancel() {
      due?.call.cancel();
      due = undefined;
    },
  };
}
