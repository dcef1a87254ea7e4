import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.ts';

/** Ends a command because of how it was called. The message is a sentence: what was expected, what came. */
export function failUsage(command: Command, message: string): never {
  return command.error(`error: ${message}`, {
    exitCode: exitCodes.usage,
    code: 'langfuse-lifecycle.usage',
  });
}
