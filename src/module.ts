import { defaultLifecycle } from './default-lifecycle.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Run } from './run.ts';
import { unnamedRun } from './run-facts.ts';
import type { RunOptions } from './run-options.ts';
import { createUntracedRun } from './untraced-run.ts';

/** What holds for every run of a module. */
export interface ModuleOptions extends Pick<RunOptions, 'kind' | 'version' | 'maxIterations'> {
  /** Default: the name of the class. */
  readonly name?: string | undefined;
  /** Default: the lifecycle that was made last and has not been shut down; without one nothing is traced. */
  readonly lifecycle?: Lifecycle | undefined;
}

/** What may be said of one call. */
export type ModuleCallOptions = Omit<RunOptions, 'name' | 'input'>;

/**
 * A part of an agent whose calls are runs. Write `forward`, call `call`; a module that is called inside another one
 * becomes a run inside that one's run.
 *
 * @example
 * class QA extends Module<string, string> {
 *   forward(question: string) { return answer(question); }
 * }
 * const text = await new QA({ lifecycle }).call('Why?', { conversationId: 'chat-1' });
 */
export abstract class Module<I, O> {
  readonly name: string;
  readonly #lifecycle: Lifecycle | undefined;
  readonly #runOptions: Omit<ModuleOptions, 'name' | 'lifecycle'>;

  constructor(options: ModuleOptions = {}) {
    const { name, lifecycle, ...runOptions } = options;
    this.name = name ?? (new.target.name === '' ? unnamedRun : new.target.name);
    this.#lifecycle = lifecycle;
    this.#runOptions = runOptions;
  }

  /** The work itself. `run` is the run that it happens in; one that records nothing when nothing is traced. */
  abstract forward(input: I, run: Run, options: ModuleCallOptions): O | PromiseLike<O>;

  /** Runs `forward` as a run: the same value or promise, the same error. The input may name the conversation. */
  call(input: I, options: ModuleCallOptions = {}): ReturnType<this['forward']> {
    const forward = (run: Run): ReturnType<this['forward']> =>
      // TypeScript does not relate a method of `this` to the declaration that it overrides.
      this.forward(input, run, options) as ReturnType<this['forward']>;
    const lifecycle = this.#lifecycle ?? defaultLifecycle();
    if (lifecycle === undefined) return forward(createUntracedRun());
    return lifecycle.run({ ...this.#runOptions, ...options, name: this.name, input }, forward);
  }
}
