import { readField } from '../../src/index.ts';
import { messageCame, promptCame, promptFailed } from './messages.ts';
import type { OpenRun } from './open-run.ts';
import { processEnds, queryStopped } from './query-end.ts';

/** The arguments of `query` with the prompt followed: messages of the user are told as they pass. A text goes as it is. */
export function withFollowedPrompt(run: OpenRun, args: readonly unknown[]): readonly unknown[] {
  const [call, ...rest] = args;
  const prompt = readField(call, 'prompt');
  if (typeof call !== 'object' || call === null) return args;
  if (typeof prompt !== 'object' || prompt === null) return args;
  const followed = run.port.follow(prompt, {
    chunk: (message) => promptCame(run, readField(readField(message, 'message'), 'content')),
    fail: (error) => promptFailed(run, error),
  });
  return [{ ...call, prompt: followed }, ...rest];
}

/** Methods after which no message comes, and which are no end that a stream has. */
const closers: ReadonlySet<PropertyKey> = new Set(['close', Symbol.asyncDispose]);

/** The query with who reads it followed. */
export function followedQuery(run: OpenRun, query: unknown): unknown {
  const { port, runId } = run;
  const followed = port.follow(query, {
    within: (fn) => port.within({ runId }, fn),
    chunk: (message) => messageCame(run, message),
    finish: () => queryStopped(run, { how: 'finished' }),
    fail: (error) => queryStopped(run, { how: 'failed', error }),
    leave: (error) => queryStopped(run, { how: 'left', error }),
    progress: () => processEnds(run),
  });
  if (typeof followed !== 'object' || followed === null) return followed;
  return new Proxy(followed, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (!closers.has(key) || typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        port.guard('The close of a query could not be told', () =>
          queryStopped(run, { how: 'closed' }),
        );
        return result;
      };
    },
  });
}
