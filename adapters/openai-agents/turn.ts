import { readField, type Usage } from '../../src/index.ts';

/** One round of the agent loop: a model call, then what the model asked for. */
export interface Turn {
  readonly startTime: number;
  /** When the first tool or handoff began, which is after the model call. */
  firstActionTime: number | undefined;
  /** Whether the model has told of its call by a span of its own. */
  hasModelSpan: boolean;
  /** The usage of agents that ran as tools: the SDK counts it in the turn as well. */
  inner: TurnUsage;
}

interface TurnUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

const nothing: TurnUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** A round that begins. */
export function createTurn(startTime: number): Turn {
  return { startTime, firstActionTime: undefined, hasModelSpan: false, inner: nothing };
}

/** Notes what a whole run inside this turn has used. */
export function addInner(turn: Turn, usage: unknown): void {
  const { inner } = turn;
  const added = toTurnUsage(usage);
  turn.inner = {
    input: inner.input + added.input,
    output: inner.output + added.output,
    cacheRead: inner.cacheRead + added.cacheRead,
    cacheWrite: inner.cacheWrite + added.cacheWrite,
  };
}

/** What the model call of the turn itself has used; `undefined` when it made none. */
export function ownUsage({ inner }: Turn, usage: unknown): Usage | undefined {
  const told = toTurnUsage(usage);
  const own: TurnUsage = {
    input: told.input - inner.input,
    output: told.output - inner.output,
    cacheRead: told.cacheRead - inner.cacheRead,
    cacheWrite: told.cacheWrite - inner.cacheWrite,
  };
  if (own.input <= 0 && own.output <= 0) return undefined;
  return {
    input: own.input,
    output: own.output,
    ...(own.cacheRead > 0 && { cacheRead: own.cacheRead }),
    ...(own.cacheWrite > 0 && { cacheWrite: own.cacheWrite }),
  };
}

/** The usage on spans of turns and tasks, the latter being whole runs. */
function toTurnUsage(usage: unknown): TurnUsage {
  return {
    input: count(usage, 'input_tokens'),
    output: count(usage, 'output_tokens'),
    cacheRead: count(usage, 'cached_input_tokens'),
    cacheWrite: count(usage, 'cache_write_input_tokens'),
  };
}

function count(usage: unknown, key: string): number {
  const value = readField(usage, key);
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
