import { chainCallbacks, modelCallbacks, retrieverCallbacks, toolCallbacks } from './callbacks.ts';
import { guarded, type Recording } from './recording.ts';

/**
 * A callback handler as LangChain takes it: pass it in `callbacks`. A plain object, so that nothing of LangChain is
 * loaded for it; its form is that of `CallbackHandlerMethods` and of what `isBaseCallbackHandler` asks for.
 */
export interface LifecycleHandler {
  readonly name: string;
  /** Always true: LangChain calls the handler in order and in the caller's async context, not in the background. */
  readonly awaitHandlers: boolean;
  /** Whether nothing is recorded, so that LangChain need not call. */
  readonly ignoreLLM: boolean;
  readonly ignoreChain: boolean;
  readonly ignoreAgent: boolean;
  readonly ignoreRetriever: boolean;
  /** The handler itself: one serves any number of concurrent runs. */
  copy(): LifecycleHandler;
  /** A graph, a node or any other runnable began. The order of the arguments is that of the calls, not of the types. */
  handleChainStart(
    chain: unknown,
    inputs: unknown,
    runId: string,
    parentRunId?: unknown,
    tags?: unknown,
    metadata?: unknown,
    runType?: unknown,
    runName?: unknown,
    extra?: unknown,
  ): void;
  handleChainEnd(
    outputs: unknown,
    runId: string,
    parentRunId?: unknown,
    tags?: unknown,
    extra?: unknown,
  ): void;
  handleChainError(error: unknown, runId: string): void;
  /** A chat model was called. */
  handleChatModelStart(
    model: unknown,
    messages: unknown,
    runId: string,
    parentRunId?: unknown,
    extra?: unknown,
    tags?: unknown,
    metadata?: unknown,
    runName?: unknown,
  ): void;
  /** A model of plain texts was called. */
  handleLLMStart(
    model: unknown,
    prompts: unknown,
    runId: string,
    parentRunId?: unknown,
    extra?: unknown,
    tags?: unknown,
    metadata?: unknown,
    runName?: unknown,
  ): void;
  handleLLMNewToken(
    token: unknown,
    index: unknown,
    runId: string,
    parentRunId?: unknown,
    tags?: unknown,
    fields?: unknown,
  ): void;
  handleLLMEnd(result: unknown, runId: string): void;
  handleLLMError(error: unknown, runId: string): void;
  handleToolStart(
    tool: unknown,
    input: unknown,
    runId: string,
    parentRunId?: unknown,
    tags?: unknown,
    metadata?: unknown,
    runName?: unknown,
    toolCallId?: unknown,
  ): void;
  handleToolEnd(output: unknown, runId: string): void;
  handleToolError(error: unknown, runId: string): void;
  handleRetrieverStart(
    retriever: unknown,
    query: unknown,
    runId: string,
    parentRunId?: unknown,
    tags?: unknown,
    metadata?: unknown,
    runName?: unknown,
  ): void;
  handleRetrieverEnd(documents: unknown, runId: string): void;
  handleRetrieverError(error: unknown, runId: string): void;
  /** A graph of LangGraph 1.7 or newer waits for somebody. */
  handleInterrupt(event: unknown): void;
}

/** By this LangGraph knows that it may tell a handler of interrupts, whatever class it has. */
const graphCallbackHandler = Symbol.for('langgraph.graph_callback_handler');

/** Makes a handler that tells a recording. `name` is for runs that have no name of their own. */
export function createHandler(recording: Recording, name: string | undefined): LifecycleHandler {
  const { port, callers } = recording;
  const isIdle = !port.isRecording;
  const handler: LifecycleHandler = {
    get name() {
      // LangChain looks for its own tracer by name right before it makes a context.
      if (!isIdle) guarded(recording, () => callers.leave());
      return 'langfuse-lifecycle';
    },
    get awaitHandlers() {
      // LangChain reads this right before it calls, and only then empties the async context.
      if (!isIdle) guarded(recording, () => callers.note());
      return true;
    },
    ignoreLLM: isIdle,
    ignoreChain: isIdle,
    ignoreAgent: isIdle,
    ignoreRetriever: isIdle,
    copy: () => handler,
    ...chainCallbacks(recording, name),
    ...modelCallbacks(recording),
    ...toolCallbacks(recording),
    ...retrieverCallbacks(recording),
  };
  return Object.defineProperty(handler, graphCallbackHandler, { value: true });
}
