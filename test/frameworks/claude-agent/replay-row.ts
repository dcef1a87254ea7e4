import type { Options } from '@anthropic-ai/claude-agent-sdk';

import type { FakeTrace } from '../../../mocks/fake-langfuse.ts';
import type { EndingRow, ExpectedTrace } from '../endings.ts';
import { queryWith, read, replaying } from './claude.ts';
import { session } from './recordings.ts';

/** A row of a query with a text for a prompt that is read to its end. */
export interface ReplayRow extends Pick<EndingRow, 'ending' | 'call' | 'check'> {
  readonly recording: string | (() => string);
  readonly options?: () => Options;
  readonly expected: ExpectedTrace;
  /** Default: the session of the first message. */
  readonly conversation?: { readonly id: string; readonly source: string };
}

/** The row of the matrix for it. */
export function toRow(row: ReplayRow): EndingRow {
  const { ending, call, recording, options, expected, conversation, check } = row;
  const { id, source } = conversation ?? { id: session, source: 'claude.session_id' };
  return {
    ending,
    call,
    expected: [{ ...expected, conversationId: id, conversationSource: source }],
    run(lifecycle) {
      const name = typeof recording === 'string' ? recording : recording();
      const query = queryWith(lifecycle);
      return read(query({ prompt: 'say hello', options: replaying(name, options?.()) }));
    },
    ...(check !== undefined && { check }),
  };
}

/** The trace belongs to the session that Claude Code tells with its first message. */
export function inSession(expected: ExpectedTrace): ExpectedTrace {
  return { ...expected, conversationId: session, conversationSource: 'claude.session_id' };
}

/** Kind, name and level of each observation below the root, and what it stands below; sorted. */
export function treeOf(trace: FakeTrace | undefined): readonly string[] {
  const { root, observations } = trace ?? { root: undefined, observations: [] };
  const byId = new Map(observations.map((each) => [each.id, each]));
  return observations
    .filter(({ id, type, name }) => id !== root?.id && !(type === 'EVENT' && name === 'run-start'))
    .map(({ type, name, level, parentObservationId }) => {
      const parent = byId.get(parentObservationId ?? '');
      const place = parent === root ? '' : `${parent?.name} > `;
      return `${place}${type} ${name}${level === 'DEFAULT' ? '' : ` ${level}`}`;
    })
    .toSorted();
}
