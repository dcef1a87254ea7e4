import type { CallSlot } from './call-slot.ts';
import { createRunningTools, type RunningTools } from './running-tools.ts';

/** One call of the SDK between its start and its end. Holds names, numbers and one text; no object of the SDK. */
export interface OpenCall {
  readonly runId: string;
  /** `generateText`, `streamText`, `embed` … */
  readonly operation: string;
  readonly functionId: string | undefined;
  /** Whether the answer is to be of a form that the user gave. */
  readonly isStructured: boolean;
  readonly slot: CallSlot;
  hasConversation: boolean;
  /** The model call that runs. */
  model: { readonly stepId: string; readonly startTime: number; attempts: number } | undefined;
  /** Whether the last model call came to its own end. */
  hasModelEnded: boolean;
  /** Whether the last model call failed. */
  hasModelFailed: boolean;
  /** How many steps were begun, of all kinds. */
  stepCount: number;
  readonly runningTools: RunningTools;
  /** Names of the executed tools, by step of the SDK; the last list is of the step that runs. */
  readonly executedTools: string[][];
  /** Ids of the tool calls that were executed in the step that runs. */
  readonly executedIds: Set<string>;
  lastText: string;
}

/** A call that has begun and done nothing yet. */
export function createOpenCall(
  facts: Pick<
    OpenCall,
    'runId' | 'operation' | 'functionId' | 'isStructured' | 'slot' | 'hasConversation'
  >,
): OpenCall {
  return {
    ...facts,
    model: undefined,
    hasModelEnded: false,
    hasModelFailed: false,
    stepCount: 0,
    runningTools: createRunningTools(),
    executedTools: [[]],
    executedIds: new Set(),
    lastText: '',
  };
}

/** Whether the call gives a stream: then it may be abandoned. */
export function isStream({ operation }: Pick<OpenCall, 'operation'>): boolean {
  return operation.startsWith('stream');
}
