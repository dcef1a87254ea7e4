import { type Place, readField } from '../../src/index.ts';
import type { CallFacts } from './call-facts.ts';
import type { EarlyEnd } from './early-end.ts';
import type { OpenRun } from './open-run.ts';
import type { Pause } from './pause.ts';

/** A call of LangChain while it runs. */
export interface OpenCall extends Pick<
  CallFacts,
  'id' | 'name' | 'kind' | 'role' | 'isNode' | 'isDeferred'
> {
  readonly run: OpenRun;
  /** The call around it; the outermost one is the run itself. */
  readonly parent: OpenCall | undefined;
  /** The step that shows it; absent where the run itself does. */
  readonly stepId: string | undefined;
  /** Whether it belongs to an agent inside a tool or inside another agent, whose words are not the run's. */
  readonly isInner: boolean;
  readonly startTime: number;
  /** The one tool call that a node was started for, as far as it is told. */
  readonly toolCall: unknown;
  hasFirstToken: boolean;
  /** Whether a tool was called in it. */
  hasTool: boolean;
  /** What the graph waits for, when this is one. */
  pause: Pause | undefined;
  /** How a middleware ended the agent, when this is one. */
  earlyEnd: EarlyEnd | undefined;
}

/** A call that begins now; without a parent it is the run itself. */
export function toOpenCall(
  facts: CallFacts,
  run: OpenRun,
  parent: OpenCall | undefined,
  startTime: number,
): OpenCall {
  const { id, name, kind, role, isNode, isDeferred, step } = facts;
  // A model that is called by itself is a step of its run: usage belongs on generations.
  const isOwnStep = parent === undefined ? kind === 'generation' : role === 'shown';
  return {
    id,
    name,
    kind,
    role,
    isNode,
    isDeferred,
    run,
    parent,
    stepId: isOwnStep ? id : parent?.stepId,
    isInner: parent !== undefined && (parent.isInner || speaksForItself(parent)),
    startTime,
    toolCall: readField(step.input, 'tool_call'),
    hasFirstToken: false,
    hasTool: false,
    pause: undefined,
    earlyEnd: undefined,
  };
}

/** The agent that a call belongs to: the innermost one that is shown, else the run. */
export function agentOf(call: OpenCall): OpenCall {
  let agent = call;
  do agent = agent.parent ?? agent;
  while (agent.parent !== undefined && !(agent.role === 'shown' && agent.kind === 'agent'));
  return agent;
}

/** Where code that runs inside a call belongs. */
export function placeOf({ run, stepId }: OpenCall): Place {
  return { runId: run.runId, ...(stepId !== undefined && { stepId }) };
}

/** Whether what runs inside speaks for itself and not for the run. */
function speaksForItself({ parent, kind, role }: OpenCall): boolean {
  return parent !== undefined && role === 'shown' && (kind === 'tool' || kind === 'agent');
}
