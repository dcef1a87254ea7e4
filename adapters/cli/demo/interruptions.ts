import { z } from 'zod';

const interruptionNames = ['SIGTERM', 'process.exit', 'crash'] as const;

/** The ways in which the demo ends a process in the middle of a run. */
export type InterruptionName = (typeof interruptionNames)[number];

/** What an interruption looks like from outside, and what the parent trace has to say about it. */
export interface Interruption {
  /** What happens, in one line. */
  readonly story: string;
  /** The status message of the parent. */
  readonly message: string;
  /** How the process ends, as `runInterrupted` puts it: the same as it would without tracing. */
  readonly exit: string;
}

/** Every interruption by name. */
export const interruptions: Readonly<Record<InterruptionName, Interruption>> = {
  SIGTERM: {
    story: 'a process is asked to stop while a tool of its agent waits',
    message: 'SIGTERM',
    exit: 'signal SIGTERM',
  },
  'process.exit': {
    story: 'a process exits with 3 while a tool of its agent waits',
    message: 'process.exit(3)',
    exit: 'exit code 3',
  },
  crash: {
    story: 'an exception that nobody catches ends a process while a tool of its agent waits',
    message: 'uncaught exception: Error: The printer is on fire.',
    exit: 'exit code 1',
  },
};

/** The interruptions that a process can live to tell of. Windows ends one without a signal that it could hear. */
export function interruptionsOn(platform: NodeJS.Platform): readonly InterruptionName[] {
  return interruptionNames.filter((name) => name !== 'SIGTERM' || platform !== 'win32');
}

/** What a process is started for that ends in the middle of a run. Holds no keys: arguments can be read by others. */
export interface InterruptionOrder {
  readonly interruption: InterruptionName;
  /** Where the documentation lies, and whether that is a package or a folder of Markdown files. */
  readonly documentation: { readonly type: 'package' | 'folder'; readonly folder: string };
  /** What the agent looks up. */
  readonly topic: string;
  readonly thinkingMs: number;
  readonly conversationId: string;
}

/** The same as a schema. */
export const interruptionOrderSchema: z.ZodType<InterruptionOrder> = z.strictObject({
  interruption: z.enum(interruptionNames),
  documentation: z.strictObject({ type: z.enum(['package', 'folder']), folder: z.string() }),
  topic: z.string(),
  thinkingMs: z.number(),
  conversationId: z.string(),
});

/** What the process tells on one line of standard output when its tool waits. */
export interface ReadyMessage {
  readonly traceId: string;
  /** Whether the start of the run and everything up to here is on the server. */
  readonly isDelivered: boolean;
}

/** The same as a schema. */
export const readyMessageSchema: z.ZodType<ReadyMessage> = z.strictObject({
  traceId: z.string(),
  isDelivered: z.boolean(),
});
