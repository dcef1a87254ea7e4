import { classifyFailure } from '../../src/index.ts';
import { toEarlyEnd } from './early-end.ts';
import { agentOf, type OpenCall } from './open-call.ts';
import { toPause } from './pause.ts';
import { isHandOver } from './step-ending.ts';

const maximumTools = 1_000;

/** A call began inside `parent`. */
export function noteStart(call: OpenCall, parent: OpenCall): void {
  const { progress } = call.run;
  if (isTopLevel(call)) {
    progress.nodeFailure = undefined;
    progress.thrownPause = undefined;
  }
  if (call.kind === 'tool') {
    parent.hasTool = true;
    noteTool(call, call.name);
  }
  const agent = agentOf(call);
  const { earlyEnd } = agent;
  // The model is asked again: that calls were refused has not ended the agent.
  if (call.kind === 'generation' && earlyEnd?.type === 'limit' && earlyEnd.isRefusal)
    agent.earlyEnd = undefined;
}

/** A tool was called, or would have been. */
export function noteTool({ run, isInner }: OpenCall, name: string): void {
  const { toolsUsed } = run.progress;
  if (!isInner && toolsUsed.length < maximumTools) toolsUsed.push(name);
}

/** A call gave `result`; `output` is the same in plain form. */
export function noteResult(call: OpenCall, result: unknown, output: unknown): void {
  if (call.kind === 'tool' && !call.isInner && call.parent !== undefined)
    call.run.progress.lastObservation = toKept(output);
  const earlyEnd = call.isNode ? toEarlyEnd(call.name, result) : undefined;
  if (earlyEnd === undefined) return;
  const agent = agentOf(call);
  // A jump to the end of a part is none to the end of the whole.
  if (earlyEnd.type === 'limit' || call.parent === agent) agent.earlyEnd = earlyEnd;
}

/** A call threw. */
export function noteFailure(call: OpenCall, error: unknown): void {
  if (!isTopLevel(call)) return;
  const { progress } = call.run;
  const ending = classifyFailure(error);
  if (ending.status === 'error') progress.nodeFailure = ending;
  else if (!isHandOver(error)) progress.thrownPause = toPause(error);
}

/** Whether it stands right below the run: a node, where the run is a graph. */
function isTopLevel({ parent }: OpenCall): boolean {
  return parent !== undefined && parent.parent === undefined;
}

/** A copy that holds nothing of the host's; what has no JSON is not kept. */
function toKept(value: unknown): unknown {
  if (typeof value === 'string') return value;
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}
