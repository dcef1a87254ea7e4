import type { Connection } from './connection.ts';
import type { Content } from './transport.ts';
import { toVerdict, type Verdict } from './verdict.ts';

/** A request body and the headers that describe it. */
export interface RequestBody {
  readonly body: Content;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The requests that one `send` makes to one endpoint. */
export interface Exchange {
  readonly url: string;
  /**
   * Posts and judges. After an answer that says "later" nothing more goes out: every further post gets that verdict,
   * because a server that is away stays away for the rest of a batch.
   */
  post(request: RequestBody): Promise<Verdict>;
  /** What a refusal means: with an empty request refused too, it is not the content that is at fault. */
  explainRefusal(
    refused: Extract<Verdict, { type: 'refused' }>,
    empty: RequestBody,
  ): Promise<Verdict>;
}

/** Where an exchange goes and what counts as success there. */
export interface ExchangeOptions {
  readonly path: string;
  readonly successStatuses: readonly number[];
  readonly signal: AbortSignal;
}

/** An exchange over `connection`, which hears of every problem. */
export function createExchange(connection: Connection, options: ExchangeOptions): Exchange {
  const { path, signal, successStatuses } = options;
  const url = `${connection.settings.baseUrl}${path}`;
  let halted: Extract<Verdict, { type: 'later' }> | undefined;

  function halt(verdict: Extract<Verdict, { type: 'later' }>): Verdict {
    halted = verdict;
    if (verdict.problem !== undefined) connection.tellProblem(verdict.problem);
    return verdict;
  }

  async function post({ body, headers = {} }: RequestBody): Promise<Verdict> {
    if (halted !== undefined) return halted;
    if (signal.aborted) return halt({ type: 'later' });
    const result = await connection.http.post(path, body, { signal, headers });
    const nowMs = connection.now();
    const verdict = toVerdict(result, { url, nowMs, signal, successStatuses });
    return verdict.type === 'later' ? halt(verdict) : verdict;
  }

  return {
    url,
    post,
    async explainRefusal(refused, empty) {
      const verdict = await post(empty);
      if (verdict.type !== 'refused') return verdict.type === 'taken' ? refused : verdict;
      const message = `${refused.message}, and to an empty request too; traces wait. Check that nothing between this process and Langfuse changes requests.`;
      return halt({ type: 'later', problem: { code: 'server_error', message } });
    },
  };
}
