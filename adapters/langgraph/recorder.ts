import {
  type AdapterPort,
  classifyFailure,
  type Ending,
  type Place,
  readField,
  readText,
  type StepFacts,
} from '../../src/index.ts';
import { leaveCaller, leftCaller, runningRunId } from './langchain-context.ts';
import { type EarlyEnd, toEarlyEnd, toRefusal } from './limits.ts';
import { toAddedMetadata } from './metadata.ts';
import { agentOf, type Begun, createOpenRuns, type Open, toOpen } from './open-runs.ts';
import { messageText } from './plain-value.ts';
import { type Origin, type RunFacts, toErrorEnding, toPause, toValueEnding } from './run-ending.ts';
import { toOpenRun, toRunOptions, toThread } from './run-start.ts';
import { isHandOver, type StepEnding, toStepFailure, toValueStep } from './step-ending.ts';
import { createSuspendedThreads } from './suspended-threads.ts';

/** Keeps the runs of LangChain that are open and tells the port what becomes of them. */
export interface Recorder {
  /** Notes where the caller is, before LangChain empties its async context for a callback. */
  noteCaller(): void;
  /** Leaves word of the caller, before LangChain makes a context for what is called. */
  leaveCaller(): void;
  /** Something began. Nothing is told twice: a second handler of the same lifecycle changes nothing. */
  begin(begun: Begun): void;
  /** What is open under the id. */
  find(id: string | undefined): Open | undefined;
  /** More became known of what is open. */
  update(node: Open, facts: StepFacts): void;
  /** It gave `result`; `facts.output` is the same in plain form. */
  succeed(id: string, result: unknown, facts: StepFacts): void;
  /** It threw. */
  fail(id: string, error: unknown, origin?: Origin): void;
  /** The graph waits for somebody. */
  pause(id: string, event: unknown): void;
}

const limits = { toolsUsed: 1_000, suspendedThreads: 1_000 } as const;

/** Makes the recorder of one lifecycle. */
export function createRecorder(port: AdapterPort): Recorder {
  const open = createOpenRuns();
  const suspended = createSuspendedThreads(limits.suspendedThreads);
  const origins = new WeakMap<object, Origin>();
  let caller: Place | undefined;
  let isStarting = false;

  port.locate(() => open.placeOf(runningRunId()) ?? (isStarting ? caller : undefined));

  // An aborted graph rejects first and tells its end a few microtasks later.
  port.tellsLate(() => open.hasRuns());

  function startRun(begun: Begun): void {
    const { name, facts } = begun;
    const thread = toThread(begun);
    const waiting = thread === undefined ? undefined : suspended.take(name, thread);
    const options = toRunOptions(begun, thread, waiting);
    isStarting = true;
    const { runId } = port.startRun(options);
    isStarting = false;
    const run = toOpenRun(begun, runId, thread);
    const node = toOpen(begun, run, undefined, port.now());
    open.add(node);
    if (node.stepId !== undefined) emitStart(node, facts);
  }

  function startStep(begun: Begun, parent: Open): void {
    const { run } = parent;
    const node = toOpen(begun, run, parent, port.now());
    open.add(node);
    noteStart(node, parent);
    if (node.role === 'merged' && node.kind === 'agent') update(node, { kind: 'agent' });
    if (node.role !== 'shown') return;
    const added = toAddedMetadata(begun.metadata, run.metadataKeys);
    emitStart(node, { ...begun.facts, metadata: { ...added, ...begun.facts.metadata } });
  }

  function noteStart(node: Open, parent: Open): void {
    const { run } = node;
    if (parent.parent === undefined) {
      run.nodeFailure = undefined;
      run.thrownPause = undefined;
    }
    if (node.kind === 'tool') {
      parent.hasTool = true;
      noteTool(node, node.name);
    }
    const agent = agentOf(node);
    if (node.kind === 'generation' && isRefusal(agent.earlyEnd)) agent.earlyEnd = undefined;
  }

  function noteTool({ run, isInner }: Open, name: string): void {
    if (!isInner && run.toolsUsed.length < limits.toolsUsed) run.toolsUsed.push(name);
  }

  function emitStart(node: Open, facts: StepFacts): void {
    const { run, id, parent, name, kind } = node;
    port.emit({
      type: 'step-start',
      runId: run.runId,
      stepId: id,
      timestamp: node.startTime,
      ...facts,
      name,
      kind,
      ...(parent?.stepId !== undefined && { parentStepId: parent.stepId }),
    });
  }

  function update({ run, stepId }: Open, facts: StepFacts): void {
    if (stepId === undefined) return;
    port.emit({ type: 'step-update', runId: run.runId, stepId, timestamp: port.now(), ...facts });
  }

  function endStep({ run, id, stepId }: Open, ending: StepEnding): void {
    if (stepId !== id) return;
    const timestamp = port.now();
    port.emit({ type: 'step-end', runId: run.runId, stepId: id, timestamp, ...ending });
  }

  function endRun({ run, pause, earlyEnd }: Open, toEnding: (facts: RunFacts) => Ending): void {
    open.forget(run);
    const ending = toEnding({ ...run, pause: pause ?? run.thrownPause, earlyEnd, originOf });
    if (ending.status === 'suspended' && run.thread !== undefined) {
      suspended.add(run.name, run.thread, run.runId);
    }
    port.emit({
      type: 'run-end',
      runId: run.runId,
      timestamp: port.now(),
      ...ending,
      ...(earlyEnd?.type === 'jump' && { metadata: { ended_by: earlyEnd.by } }),
    });
  }

  /** An input that was told when the run began stays. */
  function fillInput({ run, isDeferred }: Open, input: unknown): void {
    if (!isDeferred) return;
    port.emit({ type: 'run-update', runId: run.runId, timestamp: port.now(), input });
  }

  function originOf(error: unknown): Origin | undefined {
    let link = error;
    for (let depth = 0; depth < 5 && isObject(link); depth += 1) {
      const origin = origins.get(link);
      if (origin !== undefined) return origin;
      link = readField(link, 'cause');
    }
    return undefined;
  }

  function noteResult(node: Open, result: unknown, { output }: StepFacts): void {
    const { run } = node;
    if (node.isInner || node.parent === undefined) return;
    if (node.kind === 'tool') run.lastObservation = toKept(output);
    const text = node.kind === 'generation' ? messageText(result) : undefined;
    if (text === undefined) return;
    port.emit({ type: 'run-update', runId: run.runId, timestamp: port.now(), output: text });
  }

  function noteEarlyEnd(node: Open, result: unknown): void {
    const earlyEnd = node.isNode ? toEarlyEnd(node.name, result) : undefined;
    if (earlyEnd === undefined) return;
    const agent = agentOf(node);
    // A jump to the end of a part is none to the end of the whole.
    if (earlyEnd.type === 'limit' || node.parent === agent) agent.earlyEnd = earlyEnd;
  }

  /** LangChain answers a call that it cannot make without calling any tool. */
  function addRefusedCall(node: Open, result: unknown): void {
    const name = readText(node.call, 'name');
    const message = name === undefined || node.hasTool ? undefined : toRefusal(result);
    if (name === undefined || message === undefined) return;
    noteTool(node, name);
    port.emit({
      type: 'step-end',
      runId: node.run.runId,
      stepId: `${node.id}:refused`,
      ...(node.stepId !== undefined && { parentStepId: node.stepId }),
      startTime: node.startTime,
      timestamp: port.now(),
      kind: 'tool',
      name,
      input: readField(node.call, 'args'),
      error: { type: 'ToolCallRefused', message },
    });
  }

  function noteFailure({ run, parent }: Open, error: unknown): void {
    if (parent === undefined || parent.parent !== undefined) return;
    const ending = classifyFailure(error);
    if (ending.status === 'error') run.nodeFailure = ending;
    else if (!isHandOver(error)) run.thrownPause = toPause(error);
  }

  return {
    noteCaller() {
      caller = open.placeOf(runningRunId()) ?? open.placeOf(leftCaller());
    },
    leaveCaller() {
      const runId = runningRunId();
      if (open.find(runId) !== undefined && runId !== undefined) leaveCaller(runId);
    },
    begin(begun) {
      const { id, parentId } = begun;
      if (open.find(id) !== undefined || open.hasEnded(id)) return;
      const parent = open.find(parentId);
      if (parent !== undefined) startStep(begun, parent);
      else if (parentId !== undefined && open.hasEnded(parentId)) open.ignore(id);
      else startRun(begun);
    },
    find: (id) => open.find(id),
    update,
    succeed(id, result, facts) {
      const node = open.take(id);
      if (node === undefined) return;
      noteResult(node, result, facts);
      noteEarlyEnd(node, result);
      addRefusedCall(node, result);
      endStep(node, toValueStep(node, result, facts));
      if (node.parent === undefined) {
        fillInput(node, facts.input ?? '[streamed input]');
        endRun(node, (known) => toValueEnding(known, result, facts.output));
      }
    },
    fail(id, error, origin) {
      const node = open.take(id);
      if (node === undefined) return;
      if (origin !== undefined && isObject(error) && !origins.has(error)) {
        origins.set(error, origin);
      }
      noteFailure(node, error);
      endStep(node, toStepFailure(error));
      if (node.parent === undefined) {
        fillInput(node, '[streamed input]');
        endRun(node, (known) => toErrorEnding(known, error));
      }
    },
    pause(id, event) {
      const node = open.find(id);
      if (node !== undefined) node.pause = toPause(event);
    },
  };
}

function isRefusal(earlyEnd: EarlyEnd | undefined): boolean {
  return earlyEnd?.type === 'limit' && earlyEnd.isRefusal;
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

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
