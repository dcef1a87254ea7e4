import { parsedJson, readEntries, readField, readText } from '../../src/index.ts';

/** Whether the input of a run is the state of an earlier one, live or read back from its text. */
export function isRunState(input: unknown): input is object {
  return typeof readField(input, 'getInterruptions') === 'function';
}

/** The open questions of a state, and what was decided about each. */
export function toDecisions(state: object): readonly unknown[] {
  const context = readField(state, '_context');
  return toApprovals(interruptionsOf(state)).map(({ id, name }) => ({
    id,
    name,
    decision: toDecision(callMethod(context, 'isToolApproved', { toolName: name, callId: id })),
  }));
}

function toDecision(approved: unknown): string {
  if (typeof approved !== 'boolean') return 'open';
  return approved ? 'approved' : 'rejected';
}

/** A tool call that waits for somebody's consent. */
export interface Approval {
  readonly kind: 'tool_approval';
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly input: unknown;
  readonly agent: string | undefined;
}

/** The interruptions of a result or a state as plain facts. */
export function toApprovals(interruptions: readonly unknown[]): readonly Approval[] {
  return interruptions.map((item) => {
    const raw = readField(item, 'rawItem');
    return {
      kind: 'tool_approval',
      id: readText(raw, 'callId') ?? readText(raw, 'id'),
      name: readText(item, 'name') ?? readText(raw, 'name'),
      input: parsedJson(readField(item, 'arguments') ?? readField(raw, 'arguments')),
      agent: readText(readField(item, 'agent'), 'name'),
    };
  });
}

/** The open questions that a state of a run holds, at most 100. */
export function interruptionsOf(state: unknown): readonly unknown[] {
  return readEntries(callMethod(state, 'getInterruptions'), 100);
}

function callMethod(object: unknown, name: string, ...args: readonly unknown[]): unknown {
  const method = readField(object, name);
  return typeof method === 'function' ? Reflect.apply(method, object, args) : undefined;
}
