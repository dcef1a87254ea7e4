import { InvalidArgumentError } from 'commander';

/** Seconds that one waits at the most, and a value to show to who typed something else. */
export interface TimeoutLimits {
  readonly longest: number;
  readonly example: number;
}

/** A parser of seconds, decimals allowed, for `--timeout`. */
export function toTimeoutParser({ longest, example }: TimeoutLimits): (text: string) => number {
  return (text) => {
    const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (seconds > 0 && seconds <= longest) return seconds;
    throw new InvalidArgumentError(
      `Expected seconds above 0 and up to ${longest}, for example ${example}.`,
    );
  };
}
