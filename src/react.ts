import { classifyFailure } from './classify-ending.ts';
import type { SuspendedReason } from './ending.ts';
import { toErrorFacts } from './error-facts.ts';
import { ConfigError } from './errors.ts';
import { MaxIterationsError } from './max-iterations-error.ts';
import { Module, type ModuleCallOptions, type ModuleOptions } from './module.ts';
import type {
  ReActDecision,
  ReActModel,
  ReActObservation,
  ReActRequest,
  ReActToolCall,
  ReActTurn,
} from './react-model.ts';
import type { ReActTool } from './react-tool.ts';
import type { Run } from './run.ts';

/** What a reason–act loop is made of. */
export interface ReActOptions<I = string, O = string> extends Omit<ModuleOptions, 'kind'> {
  readonly model: ReActModel<I, O>;
  /** By name. */
  readonly tools: Readonly<Record<string, ReActTool>>;
  /** How often the model may decide; default 8. */
  readonly maxIterations?: number;
  /** For the model: who it is and how it should work. */
  readonly instructions?: string;
}

/** How a loop came to its end, when it did not throw. */
export type ReActResult<O = string> =
  | { readonly status: 'completed'; readonly output: O }
  | {
      readonly status: 'suspended';
      readonly reason: SuspendedReason;
      /** What it waits for; calls that need approval have `tool`, `input` and `id`. */
      readonly pending: readonly unknown[];
      /** For `resumeOf` of the call that goes on. */
      readonly runId: string;
    };

const defaultMaxIterations = 8;

/**
 * A bounded reason–act loop: the model decides, tools act, the model sees what came of it.
 *
 * Each decision is a generation step, each call a tool step, one after the other. A tool that fails or does not exist
 * is an observation for the model. What the model throws, an abort, and the limit (as a {@link MaxIterationsError})
 * end the run and reach the caller.
 *
 * @example
 * const agent = new ReAct({ lifecycle, model, tools: { search }, maxIterations: 5 });
 * const result = await agent.call('Who wrote it?', { conversationId: 'chat-1' });
 */
export class ReAct<I = string, O = string> extends Module<I, ReActResult<O>> {
  readonly maxIterations: number;
  readonly #model: ReActModel<I, O>;
  readonly #tools: ReadonlyMap<string, ReActTool>;
  readonly #instructions: string | undefined;

  /** @throws {ConfigError} when `maxIterations` is not a count. */
  constructor(options: ReActOptions<I, O>) {
    const { model, tools, instructions, maxIterations = defaultMaxIterations, ...rest } = options;
    if (!Number.isSafeInteger(maxIterations) || maxIterations < 0) {
      const received = typeof maxIterations === 'number' ? maxIterations : typeof maxIterations;
      throw new ConfigError(
        `ReAct: maxIterations: expected a whole number from 0 on, received ${received}. Leave it out for ${defaultMaxIterations}.`,
      );
    }
    super({ ...rest, maxIterations });
    this.maxIterations = maxIterations;
    this.#model = model;
    this.#tools = new Map(Object.entries(tools));
    this.#instructions = instructions;
  }

  override async forward(
    input: I,
    run: Run,
    { signal }: ModuleCallOptions,
  ): Promise<ReActResult<O>> {
    const context: LoopContext = { run, ...(signal !== undefined && { signal }) };
    const history: ReActTurn[] = [];
    while (history.length < this.maxIterations) {
      signal?.throwIfAborted();
      const decision = await this.#reason(this.#toRequest(input, history), context);
      switch (decision.type) {
        case 'tools': {
          const calls = numbered(decision.calls, history.length + 1);
          const pending = calls.filter(({ tool }) => this.#tools.get(tool)?.needsApproval === true);
          if (pending.length > 0) return suspended(run, { pending, reason: 'approval_required' });
          const observations = await this.#actOnAll(calls, context);
          const { thought } = decision;
          history.push({ ...(thought !== undefined && { thought }), observations });
          break;
        }
        case 'finish':
          run.complete(decision.output);
          return { status: 'completed', output: decision.output };
        case 'suspend':
          return suspended(run, { reason: 'input_required', ...decision });
        default:
          throw unknownDecision(decision);
      }
    }
    signal?.throwIfAborted();
    throw this.#limitReached(history);
  }

  #toRequest(input: I, history: readonly ReActTurn[]): ReActRequest<I> {
    return {
      input,
      ...(this.#instructions !== undefined && { instructions: this.#instructions }),
      tools: Array.from(this.#tools, ([name, { description, parameters }]) => ({
        name,
        description,
        ...(parameters !== undefined && { parameters }),
      })),
      history: [...history],
    };
  }

  #reason(request: ReActRequest<I>, { run, signal }: LoopContext): Promise<Decided<O>> {
    const { tools, ...messages } = request;
    const input = { ...messages, tools: tools.map(({ name }) => name) };
    return run.step({ kind: 'generation', name: 'reason', input }, async (step) => {
      const decision = await this.#model(request, { ...(signal !== undefined && { signal }) });
      const { usage, cost, model, ...decided } = decision;
      step.update({ usage, cost, ...(model !== undefined && { model }) });
      return decided;
    });
  }

  /** One after the other, so that an abort stops what has not begun. */
  async #actOnAll(
    calls: readonly NumberedCall[],
    context: LoopContext,
  ): Promise<readonly ReActObservation[]> {
    const observations: ReActObservation[] = [];
    for (const call of calls) {
      context.signal?.throwIfAborted();
      observations.push(await this.#act(call, context));
    }
    return observations;
  }

  async #act(call: NumberedCall, { run, signal }: LoopContext): Promise<ReActObservation> {
    const { tool: name, input, id } = call;
    try {
      const output = await run.step(
        { kind: 'tool', name, input, metadata: { tool_call_id: id } },
        async () => {
          const tool = this.#tools.get(name);
          if (tool === undefined) throw unknownTool(name, this.#tools);
          return tool.run(input, { run, callId: id, ...(signal !== undefined && { signal }) });
        },
      );
      return { ...call, status: 'returned', output };
    } catch (error) {
      signal?.throwIfAborted();
      // A framework that pauses by throwing has not failed: the pause is for whoever runs the agent.
      if (classifyFailure(error).status === 'suspended') throw error;
      return { ...call, status: 'failed', error: toErrorFacts(error).message };
    }
  }

  #limitReached(history: readonly ReActTurn[]): MaxIterationsError {
    const { maxIterations } = this;
    const observations = history.flatMap((turn) => turn.observations);
    const last = observations.at(-1);
    return new MaxIterationsError(
      `${this.name} has no answer after ${maxIterations} iterations. Raise maxIterations, or look at the history for what it lacked.`,
      {
        iterations: history.length,
        maxIterations,
        toolsUsed: observations.map(({ tool }) => tool).filter((tool) => this.#tools.has(tool)),
        history,
        lastObservation: last?.status === 'failed' ? { error: last.error } : last?.output,
        partialOutput: history.findLast(({ thought }) => thought !== undefined)?.thought,
      },
    );
  }
}

interface LoopContext {
  readonly run: Run;
  readonly signal?: AbortSignal;
}

type NumberedCall = Required<ReActToolCall>;

type Decided<O> = DistributiveOmit<ReActDecision<O>, 'usage' | 'cost' | 'model'>;

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown
  ? Omit<Union, Key>
  : never;

function numbered(calls: readonly ReActToolCall[], iteration: number): readonly NumberedCall[] {
  return calls.map(({ tool, input, id }, index) => ({
    id: id ?? `call_${iteration}_${index + 1}`,
    tool,
    input,
  }));
}

function suspended(
  run: Run,
  { reason, pending }: { readonly reason: SuspendedReason; readonly pending: readonly unknown[] },
): Extract<ReActResult, { status: 'suspended' }> {
  run.suspend(pending, { reason });
  return { status: 'suspended', reason, pending, runId: run.runId };
}

function unknownTool(name: string, tools: ReadonlyMap<string, ReActTool>): Error {
  const known =
    tools.size === 0 ? 'There are none.' : `Use one of ${[...tools.keys()].join(', ')}.`;
  return new Error(`There is no tool ${JSON.stringify(name)}. ${known}`);
}

function unknownDecision(decision: never): TypeError {
  const type =
    typeof decision === 'object' && decision !== null ? Reflect.get(decision, 'type') : decision;
  return new TypeError(
    `ReAct: the model must decide "tools", "finish" or "suspend"; it decided ${JSON.stringify(type)}.`,
  );
}
