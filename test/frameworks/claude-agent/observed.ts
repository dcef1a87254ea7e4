import type { Options } from '@anthropic-ai/claude-agent-sdk';

import { withLifecycle } from '../../../adapters/claude-agent/index.ts';
import type { EndedRecord, Lifecycle } from '../../../adapters/index.ts';
import { observedLifecycle } from '../../observed-lifecycle.ts';
import { mathServer, queryWith, read, replaying } from './claude.ts';

/** What was recorded of a query that replays a recording. */
export async function replayed(
  recording: string,
  options: Options = {},
): Promise<readonly EndedRecord[]> {
  const { lifecycle, ended } = observedLifecycle();
  const query = queryWith(lifecycle);
  await read(
    query({ prompt: 'say hello', options: replaying(recording, { ...mathServer(), ...options }) }),
  );
  return ended();
}

/** A traced query that gives these messages, whatever they are. */
export function telling(
  lifecycle: Lifecycle,
  messages: readonly unknown[],
): AsyncIterable<unknown> {
  async function* fake(_call: { readonly prompt: string }): AsyncGenerator {
    yield* messages;
  }
  return withLifecycle(fake, lifecycle)({ prompt: 'hi' });
}

export function named(records: readonly EndedRecord[], name: string): EndedRecord | undefined {
  return records.find((record) => record.name === name);
}

export function parentOf(records: readonly EndedRecord[]): EndedRecord | undefined {
  return records.find(({ role }) => role === 'parent');
}

export function generationsOf(records: readonly EndedRecord[]): readonly EndedRecord[] {
  return records.filter(({ kind }) => kind === 'generation');
}
