import { readField, readText, type RunOptions } from '../../src/index.ts';
import { isRunState } from './approvals.ts';

/** One call of `run`, for whoever describes it. */
export interface AgentCall {
  readonly agentName: string;
  /** What the agent is given; `undefined` when a suspended run goes on. */
  readonly input: unknown;
  /** The `context` of the call, without the SDK's `RunContext` around it. */
  readonly context: unknown;
}

const factKeys = ['name', 'conversationId', 'userId', 'tags', 'metadata', 'version'] as const;

type FactKey = (typeof factKeys)[number];

/** What may be said of one run that the SDK does not know. What is undefined is not said. */
export type AgentCallFacts = { readonly [Key in FactKey]?: RunOptions[Key] | undefined };

/** What was said of a run. */
export type DescribedFacts = Partial<Pick<RunOptions, FactKey>>;

/** What is known of a call of `run`. */
export interface CallContext {
  /** The agent, its input and the options. */
  readonly args: readonly unknown[];
  readonly agentCall: AgentCall;
  /** The `config` of the runner; `undefined` for the SDK's own `run`. */
  readonly config: unknown;
  /** The SDK's trace around the call. */
  readonly trace: unknown;
  readonly described: DescribedFacts;
  /** The id of the suspended run that goes on. */
  readonly resumeOf: string | undefined;
}

/** A call as `describe` gets it, from the arguments of `run`. */
export function toAgentCall([agent, input, options]: readonly unknown[]): AgentCall {
  return {
    agentName: readText(agent, 'name') ?? 'agent',
    input: isRunState(input) ? undefined : input,
    context: contextOf(input, options),
  };
}

/**
 * What `describe` said, of which only what is there goes before what the SDK knows.
 *
 * @throws {TypeError} when it answers with a promise, for which no run waits.
 */
export function toDescribedFacts(answer: AgentCallFacts | undefined): DescribedFacts {
  const then = readField(answer, 'then');
  if (answer === undefined || typeof then !== 'function')
    return Object.fromEntries(
      factKeys
        .map((key) => [key, readField(answer, key)] as const)
        .filter(([, value]) => value !== undefined),
    );
  // Nobody else will hear of its rejection, which would end the process.
  Reflect.apply(then, answer, [undefined, () => {}]);
  throw new TypeError('expected an object, received a promise; a run starts at once');
}

function contextOf(input: unknown, options: unknown): unknown {
  const context = isRunState(input) ? readField(input, '_context') : readField(options, 'context');
  const isRunContext = typeof readField(context, 'isToolApproved') === 'function';
  return isRunContext ? readField(context, 'context') : context;
}
