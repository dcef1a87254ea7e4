#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { toPrintableLine } from '../../src/printable-line.ts';
import { auditCommand } from './audit/command.ts';
import { deliverCommand } from './deliver/command.ts';
import { demoCommand } from './demo/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { exitCodes } from './exit-codes.ts';
import { failUsage } from './options/usage-error.ts';
import {
  auditSurroundings,
  deliverSurroundings,
  demoSurroundings,
  doctorSurroundings,
  packageVersion,
  sendSurroundings,
  serveSurroundings,
} from './process-surroundings.ts';
import { sendCommand } from './send/command.ts';
import { serveCommand } from './serve/command.ts';

const help = `
Start here:
  $ langfuse-lifecycle demo     what complete parent traces look like; needs no keys
  $ langfuse-lifecycle doctor   whether keys, connection and server work, and what to fix
  $ langfuse-lifecycle serve    a fake Langfuse to develop against; needs no keys
  $ langfuse-lifecycle audit    how complete the parents of your project are
  $ langfuse-lifecycle send     events that any program wrote, one as JSON on each line
  $ langfuse-lifecycle deliver  what a killed process left in its journal

Keys and the address of your Langfuse are read from the environment and from .env in the working directory:
LANGFUSE_PUBLIC_KEY, LANGFUSE_SECRET_KEY, LANGFUSE_BASE_URL.

Exit codes, of every command:
  0    done: nothing is wrong, nothing is left
  1    something is wrong, or is left undone; it was told
  2    wrong usage: an option, or a file or directory that was named
  130  stopped by Ctrl-C, 143 by SIGTERM; serve ends with 0 then`;

// A reader that has seen enough (`| head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    process.exit(exitCodeOf(error));
  });
}

await main();

async function main(): Promise<void> {
  try {
    await createProgram().parseAsync(process.argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
}

function createProgram(): Command {
  const program = new Command('langfuse-lifecycle')
    .description(
      'Every agent run leaves one complete parent trace in Langfuse, whatever way it ends.',
    )
    .version(packageVersion(), '-v, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(langfuse-lifecycle --help lists the commands)')
    .addHelpText('after', help)
    .exitOverride();
  const commands = [
    demoCommand(demoSurroundings()),
    doctorCommand(doctorSurroundings()),
    auditCommand(auditSurroundings()),
    serveCommand(serveSurroundings()),
    sendCommand(sendSurroundings()),
    deliverCommand(deliverSurroundings()),
  ];
  for (const command of commands) {
    const hint = `(langfuse-lifecycle ${command.name()} --help lists its options)`;
    program.addCommand(command.copyInheritedSettings(program).showHelpAfterError(hint));
  }
  return program.addCommand(helpCommand(program).copyInheritedSettings(program));
}

/** Commander's own prints the help of the program for a command that does not exist, and not what was wrong. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .description('explain a command')
    .argument('[command]')
    .action((name: string | undefined) => {
      if (name === undefined) return program.outputHelp();
      const found = program.commands.find((command) => command.name() === name);
      if (found === undefined) return failUsage(program, `unknown command '${name}'`);
      return found.outputHelp();
    });
}

/** Commander has printed what it threw itself; anything else is told here, without a stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  process.stderr.write(
    `error: ${toPrintableLine(error instanceof Error ? error.message : String(error))}\n`,
  );
  return exitCodes.failure;
}
