import {
  createLifecycle,
  type EndedRecord,
  type Lifecycle,
  type MemorySink,
  memorySink,
} from '../../src/index.ts';
import type { ReActDecision, ReActModel, ReActRequest } from '../../src/react-model.ts';

/** A lifecycle whose records a test can read. */
export interface Traced {
  readonly lifecycle: Lifecycle;
  readonly sink: MemorySink;
  /** The only parent that ended, after everything was delivered. */
  readonly parent: () => Promise<EndedRecord>;
  /** The observations below that parent, in the order of their start. */
  readonly children: () => Promise<readonly EndedRecord[]>;
}

export function traced(): Traced {
  const sink = memorySink();
  const lifecycle = createLifecycle({ sink, onDiagnostic: () => {} });
  async function parent(): Promise<EndedRecord> {
    await lifecycle.flush();
    const [first, ...others] = sink.parents;
    if (first === undefined || others.length > 0) {
      throw new Error(`expected one parent, found ${sink.parents.length}`);
    }
    return first;
  }
  return {
    lifecycle,
    sink,
    parent,
    children: async () =>
      sink.childrenOf(await parent()).toSorted((one, other) => one.startTime - other.startTime),
  };
}

/** A model that makes these decisions, one per request, and keeps what it was asked. */
export function decides<I = string, O = string>(
  ...decisions: readonly ReActDecision<O>[]
): { readonly model: ReActModel<I, O>; readonly requests: ReActRequest<I>[] } {
  const requests: ReActRequest<I>[] = [];
  return {
    requests,
    model(request) {
      const decision = decisions[requests.length];
      requests.push(request);
      if (decision === undefined) throw new Error('the script of the model is over');
      return decision;
    },
  };
}

export function call(tool: string, input: unknown = {}): ReActDecision<never> {
  return { type: 'tools', calls: [{ tool, input }] };
}

export function finish<O>(output: O): ReActDecision<O> {
  return { type: 'finish', output };
}
