import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { expect } from 'vitest';

import { type EndingRow, failed } from '../endings.ts';
import { aborting, agentOf, asking, slow, slowAgent } from './agents.ts';
import { calls, hangs, says } from './scripted-model.ts';
import { find, treeOf } from './seen.ts';

/** A graph whose node waits longer than anybody likes to. */
function waitingGraph(options: { readonly timeout?: number } = {}) {
  return new StateGraph(MessagesAnnotation)
    .addNode('wait', () => new Promise<never>(() => {}), options)
    .addEdge(START, 'wait')
    .compile({ name: 'patient' });
}

/** Aborts and timeouts. */
export const abortRows: readonly EndingRow[] = [
  {
    ending: 'the caller aborts while the model is at work',
    call: 'rejects with an `AbortError`',
    expected: [failed('aborted')],
    run: aborting((controller) => agentOf([hangs(() => controller.abort())])),
    check([trace]) {
      expect(treeOf(trace)).toEqual([
        'agent LangGraph WARNING',
        '  chain model_request WARNING',
        '    generation ScriptedModel WARNING',
      ]);
      expect(trace?.root?.statusMessage).toBe('This operation was aborted');
    },
  },
  {
    ending: 'the caller aborts a tool, with a reason of its own',
    call: 'rejects with that reason',
    expected: [failed('aborted')],
    run: aborting((controller) => {
      const leave = () => controller.abort(new Error('the user left'));
      return agentOf([calls(['slow', {}])], { tools: [slow(leave)] });
    }),
    check([trace]) {
      expect(trace?.root).toMatchObject({ level: 'WARNING', statusMessage: 'the user left' });
      // The step cannot know that this error is the reason of an abort.
      expect(find(trace, 'slow')?.level).toBe('ERROR');
    },
  },
  {
    ending: 'the signal was aborted before',
    call: 'rejects with an `AbortError`, and tells its end later',
    expected: [failed('aborted')],
    run: asking(() => agentOf([says('never')]), { signal: AbortSignal.abort() }),
    check([trace]) {
      expect(treeOf(trace)).toEqual(['agent LangGraph WARNING']);
      expect(trace?.root?.output).toMatchObject({ error: { message: 'Abort', reason: 'aborted' } });
    },
  },
  {
    ending: 'a timeout was over before',
    call: 'rejects with a `TimeoutError`, and tells its end later',
    expected: [failed('aborted')],
    run: asking(() => agentOf([says('never')]), {
      signal: AbortSignal.abort(new DOMException('too late', 'TimeoutError')),
    }),
  },
  {
    ending: 'the `timeout` of the call is over',
    call: 'rejects with a `TimeoutError`',
    expected: [failed('timeout')],
    run: asking(slowAgent, { timeout: 100 }),
    check([trace]) {
      expect(treeOf(trace).slice(-2)).toEqual(['  chain tools ERROR', '    tool slow ERROR']);
      expect(trace?.root).toMatchObject({
        level: 'ERROR',
        output: { error: { type: 'TimeoutError', reason: 'timeout' } },
      });
    },
  },
  {
    ending: 'the `stepTimeout` of the graph is over',
    call: "rejects with `Error('Abort')`",
    expected: [failed('timeout')],
    run: asking(() => Object.assign(waitingGraph(), { stepTimeout: 50 })),
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ error: { type: 'TimeoutError' } });
    },
  },
  {
    ending: 'the `timeout` of a node is over',
    call: 'rejects with a `NodeTimeoutError`',
    expected: [failed('timeout')],
    run: async (lifecycle) => {
      const outcome = await asking(() => waitingGraph({ timeout: 50 }))(lifecycle);
      // The message tells the milliseconds that it took.
      return JSON.stringify(outcome).replace(/elapsed: \d+ms/, 'elapsed');
    },
    check([trace]) {
      expect(trace?.root?.output).toMatchObject({ error: { type: 'NodeTimeoutError' } });
    },
  },
];
