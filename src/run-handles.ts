import { classifyFailure } from './classify-ending.ts';
import type { Ending } from './ending.ts';
import { toErrorFacts } from './error-facts.ts';
import type { RunEndEvent } from './events.ts';
import type { Run, RunHost, RunIdentity, Step } from './run.ts';
import type { RunEnding, StepOptions } from './run-options.ts';
import { type StepMoment, toStepEnd, toStepFacts, toStepStart } from './step-events.ts';
import { observeCall } from './traced-call.ts';

/** The handle of a run whose start has been told. */
export function createRun(host: RunHost, { runId, traceId, signal }: RunIdentity): Run {
  return new RunHandle(signal === undefined ? host : { ...host, signal }, { runId, traceId });
}

// A program holds the handles of all that it has open. Methods are made when they are asked for: of an object of closures
// they would be most of what an open run takes, and those of a prototype would not work by themselves, as in
// `const { complete } = run`.
class RunHandle implements Run {
  readonly runId: string;
  readonly traceId: string;
  readonly #host: RunHost;
  #hasEnded = false;

  constructor(host: RunHost, { runId, traceId }: RunIdentity) {
    this.runId = runId;
    this.traceId = traceId;
    this.#host = host;
  }

  get url(): Run['url'] {
    return () => this.#host.url(this.traceId);
  }

  get step(): Run['step'] {
    return (options, fn) => {
      const step = startStep({ host: this.#host, run: this }, options);
      return runStep(this.#host, { run: this, step }, fn);
    };
  }

  get startStep(): Run['startStep'] {
    return (options) => startStep({ host: this.#host, run: this }, options);
  }

  get update(): Run['update'] {
    return ({ conversationId, ...rest }) => {
      const host = this.#host;
      host.dispatch({
        type: 'run-update',
        runId: this.runId,
        timestamp: host.now(),
        ...rest,
        ...(conversationId !== undefined && {
          ...host.conversation({ call: conversationId }),
          conversationSource: 'update.conversationId',
        }),
      });
    };
  }

  get complete(): Run['complete'] {
    return (output) => this.#endWith({ status: 'completed', reason: 'stop', output });
  }

  get fail(): Run['fail'] {
    return (error) => this.#endWith(classifyFailure(error, { signal: this.#host.signal }));
  }

  get suspend(): Run['suspend'] {
    return (pending, options = {}) =>
      this.#endWith({
        status: 'suspended',
        reason: options.reason ?? 'input_required',
        pending: Array.isArray(pending) ? pending : [pending],
      });
  }

  get end(): Run['end'] {
    return (ending) => this.#endWith(toEnding(ending, this.#host.signal));
  }

  get token(): Run['token'] {
    return () => {
      this.#hasEnded = true;
      return this.#host.release(this);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return;
    this.#endWith({
      status: 'error',
      reason: 'never_ended',
      error: { type: 'NeverEnded', message: 'the run was disposed of before it was ended' },
    });
  }

  #endWith(ending: Ending): void {
    this.#hasEnded = true;
    this.#host.dispatch(toRunEnd(this.runId, this.#host.now(), ending));
  }
}

function toEnding(ending: RunEnding, signal: AbortSignal | undefined): Ending {
  switch (ending.status) {
    case 'completed':
      return { reason: 'stop', ...ending };
    case 'suspended':
      return { reason: 'input_required', ...ending };
    case 'error': {
      const { error, reason, partialOutput, react } = ending;
      const classified = classifyFailure(error, { signal });
      const facts = {
        error: toErrorFacts(error),
        ...(partialOutput !== undefined && { partialOutput }),
      };
      if (classified.status !== 'error')
        return { status: 'error', reason: reason ?? 'exception', ...facts };
      return {
        ...classified,
        ...facts,
        ...(reason !== undefined && { reason }),
        ...(react !== undefined && { react }),
      };
    }
    default:
      return ending satisfies never;
  }
}

function toRunEnd(runId: string, timestamp: number, ending: Ending): RunEndEvent {
  return { type: 'run-end', runId, timestamp, ...ending };
}

/** The handle of a step that has been started by its events. */
export function createRunStep(host: RunHost, run: Run, stepId: string): Step {
  return new StepHandle(stepId, host, run);
}

/** Where a step is started: below `parent`, or below the step inside which the caller is. */
interface StepPlace {
  readonly host: RunHost;
  readonly run: Run;
  readonly parent?: Step;
}

function startStep({ host, run, parent }: StepPlace, options: StepOptions): Step {
  const stepId = host.newStepId();
  const parentStepId = (parent ?? host.currentStep(run))?.stepId;
  const moment = { runId: run.runId, stepId, timestamp: host.now() };
  host.dispatch(toStepStart(moment, options, parentStepId));
  return new StepHandle(stepId, host, run);
}

// As a run's.
class StepHandle implements Step {
  readonly stepId: string;
  readonly #host: RunHost;
  readonly #run: Run;

  constructor(stepId: string, host: RunHost, run: Run) {
    this.stepId = stepId;
    this.#host = host;
    this.#run = run;
  }

  get step(): Step['step'] {
    return (options, fn) =>
      runStep(this.#host, { run: this.#run, step: this.startStep(options) }, fn);
  }

  get startStep(): Step['startStep'] {
    return (options) => startStep({ host: this.#host, run: this.#run, parent: this }, options);
  }

  get update(): Step['update'] {
    return (patch) =>
      this.#host.dispatch({ type: 'step-update', ...this.#now(), ...toStepFacts(patch) });
  }

  get complete(): Step['complete'] {
    return (output) => this.#host.dispatch(toStepEnd(this.#now(), output));
  }

  get fail(): Step['fail'] {
    return (error) => {
      const ending = classifyFailure(error, { signal: this.#host.signal });
      this.#host.dispatch({
        type: 'step-end',
        ...this.#now(),
        ...(ending.status === 'error' ? { error: ending.error } : {}),
        failure: toFailure(ending),
      });
    };
  }

  #now(): StepMoment {
    return { runId: this.#run.runId, stepId: this.stepId, timestamp: this.#host.now() };
  }
}

function toFailure(ending: Ending): 'error' | 'aborted' | 'suspended' {
  if (ending.status === 'suspended') return 'suspended';
  return ending.reason === 'aborted' ? 'aborted' : 'error';
}

function runStep<T>(
  host: RunHost,
  { run, step }: { readonly run: Run; readonly step: Step },
  fn: (step: Step) => T,
): T {
  return observeCall(() => host.within({ run, step }, () => fn(step)), {
    onValue: (output) => step.complete(output),
    onError: (error) => step.fail(error),
  });
}
