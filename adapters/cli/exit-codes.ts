/** With what the commands end; beside 0, and the codes of signals. */
export const exitCodes = { failure: 1, usage: 2 } as const;

/** What a shell takes for the exit code of a program that a signal ended. */
export const stoppedCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };
