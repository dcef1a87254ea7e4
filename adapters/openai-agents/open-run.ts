import {
  type AdapterPort,
  classifyFailure,
  type Ending,
  readField,
  resolveConversation,
} from '../../src/index.ts';
import { toEndMetadata, toResultEnding, toRunEnd } from './run-ending.ts';
import {
  type CallContext,
  hasLateSession,
  toAgentCall,
  toConversationContext,
} from './run-start.ts';
import { createSpanSteps } from './span-steps.ts';
import type { SuspendedRuns } from './suspended-runs.ts';
import type { TracedRun } from './trace-processor.ts';

/** A run whose call has been made. */
export interface OpenRun extends TracedRun {
  /** The promise of the call is fulfilled. */
  resolved(result: unknown): void;
  /** The call, or its promise, has failed. */
  failed(error: unknown): void;
}

interface StartedRun {
  readonly runId: string;
  readonly context: CallContext;
  readonly suspended: SuspendedRuns;
}

/** Follows a run that has been started to its end. */
export function openRun(port: AdapterPort, { runId, context, suspended }: StartedRun): OpenRun {
  const options = context.args[2];
  const signal = toSignal(readField(options, 'signal'));
  const steps = createSpanSteps(port, { runId, signal, outerSpanId: context.outerSpanId });
  let askSession: (() => void) | undefined = toSessionQuestion(port, runId, context);

  function tellSession(): void {
    const ask = askSession;
    askSession = undefined;
    ask?.();
  }

  function end(toEnding: () => Ending, state: unknown): void {
    port.guard('The end of a run of OpenAI Agents could not be told', () => {
      const ending = toEnding();
      if (ending.status === 'suspended') suspended.remember(state, runId);
      const { traceId } = steps;
      const metadata = {
        ...toEndMetadata(state),
        ...(traceId !== undefined && { openai_trace_id: traceId }),
      };
      port.emit(toRunEnd(ending, { runId, timestamp: port.now(), metadata }));
      tellSession();
    });
  }

  function failed(error: unknown): void {
    end(() => classifyFailure(error, { signal }), readField(error, 'state'));
  }

  function finished(result: unknown): void {
    end(
      () => toResultEnding(result, { signal, finishReason: steps.finishReason }),
      readField(result, 'state'),
    );
  }

  return {
    runId,
    steps,
    onProgress: tellSession,
    failed,
    resolved(result) {
      const completed = readField(result, 'completed');
      // A streamed run goes on whether anybody reads it or not, and says when it is over.
      if (completed instanceof Promise) completed.then(() => finished(result), failed);
      else finished(result);
    },
  };
}

/**
 * Asks the session for its id, which fills an empty conversation. Not before the SDK has used the session: some of them
 * make a conversation when they are asked first.
 */
function toSessionQuestion(
  port: AdapterPort,
  runId: string,
  { args, trace, config }: CallContext,
): (() => void) | undefined {
  const [, input, options] = args;
  if (!hasLateSession(input, options, [trace, config])) return undefined;
  const session = readField(options, 'session');
  const frameworkContext = toConversationContext(toAgentCall(args).context);
  return () => {
    const getSessionId = readField(session, 'getSessionId');
    if (typeof getSessionId !== 'function') return;
    const tell = (value: unknown): void => {
      const { id, source } = resolveConversation({
        framework: [{ source: 'openai_agents.session', value }],
        frameworkContext,
      });
      if (id === undefined) return;
      port.emit({
        type: 'run-update',
        runId,
        timestamp: port.now(),
        conversationId: id,
        conversationSource: source,
      });
    };
    // A session that cannot be asked has no id.
    try {
      void Promise.resolve(Reflect.apply(getSessionId, session, [])).then(tell, () =>
        tell(undefined),
      );
    } catch {
      tell(undefined);
    }
  };
}

function toSignal(value: unknown): AbortSignal | undefined {
  return isSignal(value) ? value : undefined;
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof readField(value, 'aborted') === 'boolean';
}
