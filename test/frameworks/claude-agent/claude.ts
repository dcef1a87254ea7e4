import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createSdkMcpServer,
  type Options,
  type Query,
  query as queryOfClaude,
  type SDKMessage,
  type SDKUserMessage,
  tool,
} from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';

import type { Lifecycle } from '../../../adapters/index.ts';
import { type ClaudeAgentOptions, withLifecycle } from '../../../adapters/claude-agent/index.ts';

/** A key that must be nowhere in a trace. */
export const secretKey = 'sk-ant-api03-never-in-a-trace';

/** The SDK's own `query`, traced when there is a lifecycle. */
export function queryWith(
  lifecycle: Lifecycle | undefined,
  options?: ClaudeAgentOptions,
): typeof queryOfClaude {
  return lifecycle === undefined
    ? queryOfClaude
    : withLifecycle(queryOfClaude, lifecycle, options);
}

/** Options with which the real SDK starts the scripted Claude Code, which replays a recording of the real one. */
export function replaying(recording: string, more: Options = {}): Options {
  return {
    ...more,
    pathToClaudeCodeExecutable: fileURLToPath(new URL('scripted-cli.ts', import.meta.url)),
    env: {
      // The `node` that runs the tests strips types.
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      NODE_NO_WARNINGS: '1',
      ANTHROPIC_API_KEY: secretKey,
      CLAUDE_RECORDING: fileURLToPath(new URL(`recordings/${recording}.jsonl`, import.meta.url)),
      ...more.env,
    },
  };
}

/** The in-process tools of the recordings. */
export function mathServer(add: (a: number, b: number) => unknown = (a, b) => a + b): Options {
  const server = createSdkMcpServer({
    name: 'math',
    version: '1.0.0',
    tools: [
      tool('add', 'adds', { a: z.number(), b: z.number() }, async ({ a, b }) => ({
        content: [{ type: 'text', text: String(await add(a, b)) }],
      })),
      tool('fail', 'fails', {}, () => {
        throw new Error('no such city');
      }),
    ],
  });
  return { mcpServers: { math: server } };
}

/** What the reader of a query saw: every message, then how it ended. */
export interface Reading {
  readonly messages: readonly SDKMessage[];
  readonly ending: string;
}

/** Reads a query to its end; `onMessage` may say that the reader stops. */
export async function read(
  query: Query,
  onMessage: (message: SDKMessage) => 'break' | void = () => {},
): Promise<Reading> {
  const messages: SDKMessage[] = [];
  try {
    for await (const message of query) {
      messages.push(message);
      if (onMessage(message) === 'break') return { messages, ending: 'break' };
    }
    return { messages, ending: 'done' };
  } catch (error) {
    return { messages, ending: `threw ${String(error)}` };
  }
}

/** A user's message of streaming input. */
export function userMessage(content: SDKUserMessage['message']['content']): SDKUserMessage {
  return { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null };
}
