import { type Ending, readText } from '../../src/index.ts';
import type { ExportedSpan } from './exported-span.ts';
import type { RunProgress } from './run-progress.ts';
import { type OpenToolCall, toPending, toToldCall } from './tool-call.ts';

type SuspendedReason = (Ending & { readonly status: 'suspended' })['reason'];

/** The ending of an agent that waits: for an approval, or for what a tool asked. */
export function toSuspension(span: ExportedSpan, { round }: RunProgress): Ending {
  // A tool that is an agent suspends because that agent does.
  if (round.innerSuspension !== undefined) return round.innerSuspension;
  const told = toToldCall(span);
  const isApproval = readText(span.output, 'reason') === 'tool-call-approval';
  return isApproval || (told === undefined && round.approvals.length > 0)
    ? waitingFor('approval_required', round.approvals, told)
    : waitingFor('input_required', round.suspendedCalls, told);
}

/** The ending of an agent whose calls the client is to answer; undefined when there are none. */
export function toClientToolSuspension({ round, availableTools }: RunProgress): Ending | undefined {
  const calls = round.clientCalls.filter(
    // A call of a tool that the agent does not have is told in the same way.
    ({ toolName }) => availableTools.length === 0 || availableTools.includes(toolName),
  );
  return calls.length === 0 ? undefined : waitingFor('client_tool', calls, undefined);
}

/** The span of the agent names one call; the spans inside it know all. */
function waitingFor(
  reason: SuspendedReason,
  calls: readonly OpenToolCall[],
  told: OpenToolCall | undefined,
): Ending {
  const toldCalls = told === undefined ? [] : [told];
  const pending = (calls.length > 0 ? calls : toldCalls).map(toPending);
  return { status: 'suspended', reason, pending };
}
