import { readField, readText } from '../../src/index.ts';
import { toChainCall, toModelCall, toRetrieverCall, toToolCall } from './call-facts.ts';
import { callFailed, callPaused, callStarted, callSucceeded, pieceCame } from './calls.ts';
import type { LifecycleHandler } from './handler.ts';
import { toChainInput, toChainOutput, toToolEnd } from './inputs-outputs.ts';
import { toAnswer, toModelCallEnd } from './model-call.ts';
import { toPlain } from './plain-value.ts';
import { guarded, type Recording } from './recording.ts';

/** The callbacks of graphs, nodes and all other runnables. `givenName` is for runs that have no name of their own. */
export function chainCallbacks(
  recording: Recording,
  givenName: string | undefined,
): Pick<
  LifecycleHandler,
  'handleChainStart' | 'handleChainEnd' | 'handleChainError' | 'handleInterrupt'
> {
  return {
    handleChainStart(chain, inputs, id, parentId, tags, metadata, _runType, runName, extra) {
      guarded(recording, () => {
        const start = { chain, inputs, extra, id, parentId, tags, metadata, runName };
        callStarted(recording, toChainCall(start, recording.open.find(parentId), givenName));
      });
    },
    handleChainEnd(outputs, id, _parentId, _tags, extra) {
      guarded(recording, () => {
        const call = recording.open.find(id);
        if (call === undefined) return;
        // A chain that is streamed into knows its input only now.
        const inputs = readField(extra, 'inputs');
        const input = inputs === undefined ? {} : { input: toChainInput(inputs) };
        // A graph gives its state as it is.
        const output = call.kind === 'agent' ? toPlain(outputs) : toChainOutput(outputs);
        callSucceeded(recording, id, outputs, { ...input, output });
      });
    },
    handleChainError: (error, id) => guarded(recording, () => callFailed(recording, id, error)),
    handleInterrupt(event) {
      guarded(recording, () => {
        const id = readText(event, 'runId');
        if (id !== undefined) callPaused(recording, id, event);
      });
    },
  };
}

/** The callbacks of models, of chats and of plain texts. */
export function modelCallbacks(
  recording: Recording,
): Pick<
  LifecycleHandler,
  | 'handleChatModelStart'
  | 'handleLLMStart'
  | 'handleLLMNewToken'
  | 'handleLLMEnd'
  | 'handleLLMError'
> {
  const started: LifecycleHandler['handleLLMStart'] = (
    model,
    prompts,
    id,
    parentId,
    extra,
    tags,
    metadata,
    runName,
  ) =>
    guarded(recording, () => {
      const start = { model, prompts, id, parentId, extra, tags, metadata, runName };
      callStarted(recording, toModelCall(start));
    });
  return {
    handleChatModelStart: started,
    handleLLMStart: started,
    handleLLMNewToken: (token, _index, id, _parentId, _tags, fields) =>
      guarded(recording, () => pieceCame(recording, id, token, fields)),
    handleLLMEnd: (result, id) =>
      guarded(recording, () =>
        callSucceeded(recording, id, toAnswer(result), toModelCallEnd(result)),
      ),
    handleLLMError: (error, id) =>
      guarded(recording, () => callFailed(recording, id, error, 'generation')),
  };
}

/** The callbacks of tools. */
export function toolCallbacks(
  recording: Recording,
): Pick<LifecycleHandler, 'handleToolStart' | 'handleToolEnd' | 'handleToolError'> {
  return {
    handleToolStart: (tool, input, id, parentId, tags, metadata, runName, toolCallId) =>
      guarded(recording, () => {
        const start = { tool, input, id, parentId, tags, metadata, runName, toolCallId };
        callStarted(recording, toToolCall(start));
      }),
    handleToolEnd: (output, id) =>
      guarded(recording, () => callSucceeded(recording, id, output, toToolEnd(output))),
    handleToolError: (error, id) =>
      guarded(recording, () => callFailed(recording, id, error, 'tool')),
  };
}

/** The callbacks of retrievers. */
export function retrieverCallbacks(
  recording: Recording,
): Pick<LifecycleHandler, 'handleRetrieverStart' | 'handleRetrieverEnd' | 'handleRetrieverError'> {
  return {
    handleRetrieverStart: (retriever, query, id, parentId, tags, metadata, runName) =>
      guarded(recording, () => {
        const start = { retriever, query, id, parentId, tags, metadata, runName };
        callStarted(recording, toRetrieverCall(start));
      }),
    handleRetrieverEnd: (documents, id) =>
      guarded(recording, () =>
        callSucceeded(recording, id, documents, { output: toPlain(documents) }),
      ),
    handleRetrieverError: (error, id) => guarded(recording, () => callFailed(recording, id, error)),
  };
}
