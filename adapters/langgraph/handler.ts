import { type AdapterPort, readField, readText, type StepFacts } from '../../src/index.ts';
import { asText, toChain, toModelCall, toRetrieval, toToolCall } from './begun.ts';
import { hasContent, toAnswer, toGenerationEnd } from './generation.ts';
import { toChainInput, toChainOutput, toToolOutput } from './inputs-outputs.ts';
import { messageText, toPlain } from './plain-value.ts';
import type { Recorder } from './recorder.ts';

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

/** Makes the handler over a recorder. `name` is for runs that have no name of their own. */
export function createHandler(
  port: AdapterPort,
  recorder: Recorder,
  name: string | undefined,
): LifecycleHandler {
  const isIdle = !port.isRecording;
  const guard = (fn: () => void): void => {
    port.guard('A callback of LangChain could not be recorded', fn);
  };

  const handler: LifecycleHandler = {
    get name() {
      // LangChain looks for its own tracer by name right before it makes a context.
      if (!isIdle) guard(() => recorder.leaveCaller());
      return 'langfuse-lifecycle';
    },
    get awaitHandlers() {
      // LangChain reads this right before it calls, and only then empties the async context.
      if (!isIdle) guard(() => recorder.noteCaller());
      return true;
    },
    ignoreLLM: isIdle,
    ignoreChain: isIdle,
    ignoreAgent: isIdle,
    ignoreRetriever: isIdle,
    copy: () => handler,
    handleChainStart(chain, inputs, id, parentId, tags, metadata, _runType, runName, extra) {
      guard(() => {
        const parent = recorder.find(asText(parentId));
        const beginning = { chain, inputs, extra, id, parentId, tags, metadata, runName };
        recorder.begin(toChain(beginning, parent, name));
      });
    },
    handleChainEnd(outputs, id, _parentId, _tags, extra) {
      guard(() => {
        const node = recorder.find(id);
        if (node === undefined) return;
        // A chain that is streamed into knows its input only now.
        const inputs = readField(extra, 'inputs');
        const input = inputs === undefined ? {} : { input: toChainInput(inputs) };
        // A graph gives its state as it is.
        const output = node.kind === 'agent' ? toPlain(outputs) : toChainOutput(outputs);
        recorder.succeed(id, outputs, { ...input, output });
      });
    },
    handleChainError: (error, id) => guard(() => recorder.fail(id, error)),
    handleChatModelStart: (model, prompts, id, parentId, extra, tags, metadata, runName) =>
      guard(() =>
        recorder.begin(
          toModelCall({ model, prompts, id, parentId, extra, tags, metadata, runName }),
        ),
      ),
    handleLLMStart: (model, prompts, id, parentId, extra, tags, metadata, runName) =>
      guard(() =>
        recorder.begin(
          toModelCall({ model, prompts, id, parentId, extra, tags, metadata, runName }),
        ),
      ),
    handleLLMNewToken(token, _index, id, _parentId, _tags, fields) {
      guard(() => {
        const node = recorder.find(id);
        if (node === undefined || node.hasFirstToken || !hasContent(token, fields)) return;
        node.hasFirstToken = true;
        recorder.update(node, { completionStartTime: port.now() });
      });
    },
    handleLLMEnd: (result, id) =>
      guard(() => recorder.succeed(id, toAnswer(result), toGenerationEnd(result))),
    handleLLMError: (error, id) => guard(() => recorder.fail(id, error, 'generation')),
    handleToolStart: (tool, input, id, parentId, tags, metadata, runName, toolCallId) =>
      guard(() =>
        recorder.begin(
          toToolCall({ tool, input, id, parentId, tags, metadata, runName, toolCallId }),
        ),
      ),
    handleToolEnd: (output, id) => guard(() => recorder.succeed(id, output, toToolFacts(output))),
    handleToolError: (error, id) => guard(() => recorder.fail(id, error, 'tool')),
    handleRetrieverStart: (retriever, query, id, parentId, tags, metadata, runName) =>
      guard(() =>
        recorder.begin(toRetrieval({ retriever, query, id, parentId, tags, metadata, runName })),
      ),
    handleRetrieverEnd: (documents, id) =>
      guard(() => recorder.succeed(id, documents, { output: toPlain(documents) })),
    handleRetrieverError: (error, id) => guard(() => recorder.fail(id, error)),
    handleInterrupt(event) {
      guard(() => {
        const id = readText(event, 'runId');
        if (id !== undefined) recorder.pause(id, event);
      });
    },
  };
  return Object.defineProperty(handler, graphCallbackHandler, { value: true });
}

/** A tool may also say in its message that it failed. */
function toToolFacts(output: unknown): StepFacts {
  const facts = { output: toToolOutput(output) };
  if (readField(output, 'status') !== 'error') return facts;
  return { ...facts, level: 'ERROR', statusMessage: messageText(output) ?? 'The tool failed' };
}
