import type { RunWork, StepWork } from '../workload.ts';

/** Where a contender sends to, and with what it introduces itself. */
export interface Target {
  readonly url: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** A run that was started, by the handles of the contender's own API. */
export interface OpenRun {
  startStep(step: StepWork): OpenStep;
  end(output: RunWork['output']): void;
}

/** An observation that was started. */
export interface OpenStep {
  end(step: StepWork): void;
}

/** A way to trace, in use. */
export interface Tracer {
  startRun(work: RunWork): OpenRun;
  /** Resolves when everything so far is delivered, or given up. */
  flush(): Promise<void>;
}

/** A way to trace. */
export interface Contender {
  /** What it does with a run, in a line. */
  readonly does: string;
  /** What it leaves out, in a line. */
  readonly doesNot: string;
  /** Imports its packages and makes a tracer with the settings that the package has of its own. */
  start(target: Target): Promise<Tracer>;
  /** The same, switched off as its documentation says; absent where there is no such thing. */
  startDisabled?(target: Target): Promise<Tracer>;
}

/** One whole run in one go, from the first call to the last. */
export function traceRun(tracer: Tracer, work: RunWork): void {
  const run = tracer.startRun(work);
  for (const step of work.steps) run.startStep(step).end(step);
  run.end(work.output);
}

/** How spans name what Langfuse reads; the same for every contender that writes OTLP by itself. */
export const spanAttributes = {
  input: 'langfuse.observation.input',
  output: 'langfuse.observation.output',
  type: 'langfuse.observation.type',
  model: 'langfuse.observation.model.name',
  modelParameters: 'langfuse.observation.model.parameters',
  usage: 'langfuse.observation.usage_details',
  sessionId: 'session.id',
  userId: 'user.id',
  traceName: 'langfuse.trace.name',
} as const;

export const otlpPath = '/api/public/otel/v1/traces';

/** The header that Langfuse knows a project by. */
export function authorization({ publicKey, secretKey }: Target): string {
  return `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
}
