import {
  type Ending,
  type ObservationKind,
  type Place,
  readField,
  type StepFacts,
} from '../../src/index.ts';
import type { EarlyEnd } from './limits.ts';
import type { Pause } from './run-ending.ts';

/** What LangChain calls a run: a graph, a node, a model call, a tool. The outermost one is a run of ours. */
export interface Begun {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: ObservationKind;
  /** Whether it is shown; what runs inside a hidden one stands where that would. `merged`: it is its node. */
  readonly role: 'shown' | 'hidden' | 'merged';
  readonly isGraph: boolean;
  /** Whether it is a node of a graph. */
  readonly isNode: boolean;
  /** Whether its input is told at its end. */
  readonly isDeferred: boolean;
  readonly tags: unknown;
  readonly metadata: unknown;
  readonly facts: Omit<StepFacts, 'name' | 'kind'>;
}

/** One of them while it runs. */
export interface Open {
  readonly id: string;
  readonly run: OpenRun;
  readonly parent: Open | undefined;
  /** The step that shows it; absent where the run itself does. */
  readonly stepId: string | undefined;
  readonly name: string;
  readonly kind: ObservationKind;
  readonly role: Begun['role'];
  readonly isNode: boolean;
  readonly isDeferred: boolean;
  /** Whether it belongs to an agent inside a tool or inside another agent, whose words are not the run's. */
  readonly isInner: boolean;
  readonly startTime: number;
  /** The one tool call that the node was started for, as far as it is told. */
  readonly call: unknown;
  hasFirstToken: boolean;
  hasTool: boolean;
  pause: Pause | undefined;
  /** How a middleware ended the agent, when this is one. */
  earlyEnd: EarlyEnd | undefined;
}

/** The outermost one, and what its ending follows from. Holds nothing of the host's. */
export interface OpenRun {
  readonly runId: string;
  readonly name: string;
  readonly thread: string | undefined;
  readonly metadataKeys: ReadonlySet<string>;
  /** What is open in it, by LangChain's ids. */
  readonly openIds: Set<string>;
  readonly toolsUsed: string[];
  lastObservation: unknown;
  /** The interrupt that a node threw, for a LangGraph that has no event for it. */
  thrownPause: Pause | undefined;
  /** How the last node failed, when none has started since. */
  nodeFailure: Ending | undefined;
}

/** What is open, by LangChain's ids, and what is known to be over. */
export interface OpenRuns {
  find(id: string | undefined): Open | undefined;
  hasEnded(id: string): boolean;
  hasRuns(): boolean;
  add(node: Open): void;
  /** Ends one; what comes of it later is no run of its own. */
  take(id: string): Open | undefined;
  /** Remembers that something under the id is not to be told. */
  ignore(id: string): void;
  /** Ends a run and everything that is open in it. */
  forget(run: OpenRun): void;
  placeOf(id: string | undefined): Place | undefined;
}

// A stream of a plain runnable that nobody reads to its end never ends.
const limits = { runs: 10_000, endedIds: 10_000 } as const;

/** Makes the register of one lifecycle. It is bounded: the oldest open run is forgotten first. */
export function createOpenRuns(): OpenRuns {
  const open = new Map<string, Open>();
  const runs = new Set<OpenRun>();
  const endedIds = new Set<string>();

  function ignore(id: string): void {
    endedIds.add(id);
    const [oldest] = endedIds;
    if (endedIds.size > limits.endedIds && oldest !== undefined) endedIds.delete(oldest);
  }

  function take(id: string): Open | undefined {
    const node = open.get(id);
    if (node === undefined) return undefined;
    open.delete(id);
    node.run.openIds.delete(id);
    ignore(id);
    return node;
  }

  function forget(run: OpenRun): void {
    for (const id of run.openIds) take(id);
    runs.delete(run);
  }

  return {
    find: (id) => (id === undefined ? undefined : open.get(id)),
    hasEnded: (id) => endedIds.has(id),
    hasRuns: () => runs.size > 0,
    add(node) {
      open.set(node.id, node);
      node.run.openIds.add(node.id);
      runs.add(node.run);
      const [oldest] = runs;
      if (runs.size > limits.runs && oldest !== undefined) forget(oldest);
    },
    take,
    ignore,
    forget,
    placeOf(id) {
      const node = id === undefined ? undefined : open.get(id);
      if (node === undefined) return undefined;
      const { run, stepId } = node;
      return { runId: run.runId, ...(stepId !== undefined && { stepId }) };
    },
  };
}

/** What is open from now on; without a parent it is the run itself. */
export function toOpen(begun: Begun, run: OpenRun, parent: Open | undefined, now: number): Open {
  const { id, name, kind, role, isNode, isDeferred } = begun;
  // A model that is called by itself is a step of its run: usage belongs on generations.
  const isOwnStep = parent === undefined ? kind === 'generation' : role === 'shown';
  return {
    id,
    run,
    parent,
    stepId: isOwnStep ? id : parent?.stepId,
    name,
    kind,
    role,
    isNode,
    isDeferred,
    isInner: parent !== undefined && (parent.isInner || isEnclosing(parent)),
    startTime: now,
    call: readField(begun.facts.input, 'tool_call'),
    hasFirstToken: false,
    hasTool: false,
    pause: undefined,
    earlyEnd: undefined,
  };
}

/** The agent that a step belongs to: the innermost one that is shown, else the run. */
export function agentOf(node: Open): Open {
  let agent = node;
  do agent = agent.parent ?? agent;
  while (agent.parent !== undefined && !(agent.role === 'shown' && agent.kind === 'agent'));
  return agent;
}

/** Whether what runs inside speaks for itself and not for the run. */
function isEnclosing({ parent, kind, role }: Open): boolean {
  return parent !== undefined && role === 'shown' && (kind === 'tool' || kind === 'agent');
}
