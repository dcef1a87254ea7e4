import { dirname, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  AbortError,
  createSdkMcpServer,
  type Options,
  query as queryOfClaude,
  type SDKMessage,
  type SDKUserMessage,
  tool,
} from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';

import { type ClaudeAgentOptions, withLifecycle } from '../../../adapters/claude-agent/index.ts';
import type { Lifecycle } from '../../../adapters/index.ts';
import { recordingPath } from './recordings.ts';

/** A key that must be nowhere in a trace. */
export const secretKey = 'sk-ant-api03-never-in-a-trace';

/** The SDK's own `query`, traced when there is a lifecycle. */
export function queryWith(
  lifecycle: Lifecycle | undefined,
  options?: ClaudeAgentOptions,
): typeof queryOfClaude {
  return lifecycle === undefined ? queryOfClaude : withLifecycle(queryOfClaude, lifecycle, options);
}

/** Options with which the real SDK starts the scripted Claude Code; a recording by its name or path. */
export function replaying(recording: string, more: Options = {}): Options {
  return {
    // Said outright, because the SDK warns that its default will change.
    mcpServersDelivery: 'argv',
    ...more,
    pathToClaudeCodeExecutable: fileURLToPath(new URL('scripted-cli.ts', import.meta.url)),
    env: {
      // The `node` that runs the tests strips types.
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      NODE_NO_WARNINGS: '1',
      ANTHROPIC_API_KEY: secretKey,
      CLAUDE_RECORDING: isAbsolute(recording) ? recording : recordingPath(recording),
      ...more.env,
    },
  };
}

/** The in-process tools that the recordings call. */
export function mathServer(
  add: (one: number, other: number) => unknown = (one, other) => one + other,
): Pick<Options, 'mcpServers'> {
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

/** Reads a query to its end, or until the reader has had enough. */
export async function read(
  query: AsyncIterable<SDKMessage>,
  isEnough: (message: SDKMessage) => unknown = () => false,
): Promise<Reading> {
  const messages: SDKMessage[] = [];
  try {
    for await (const message of query) {
      messages.push(message);
      if (isEnough(message) === true) return { messages, ending: 'stopped' };
    }
    return { messages, ending: 'done' };
  } catch (error) {
    // What an AbortError says depends on what the SDK was doing at that moment.
    const thrown = error instanceof AbortError ? 'AbortError' : String(error);
    return { messages, ending: `threw ${thrown}` };
  }
}

/** A user's message of streaming input. */
function userMessage(content: SDKUserMessage['message']['content']): SDKUserMessage {
  return { type: 'user', message: { role: 'user', content }, parent_tool_use_id: null };
}

/** Streaming input: the first message at once, each other one when `next` is called, then nothing more. */
export function typing(...texts: readonly string[]): {
  readonly prompt: AsyncIterable<SDKUserMessage>;
  readonly next: () => void;
} {
  let wake: () => void = () => {};
  let isDue = false;
  const prompt = async function* prompt(): AsyncGenerator<SDKUserMessage> {
    for (const text of texts) {
      yield userMessage(text);
      // A turn that nobody waits for yet must not be missed.
      if (!isDue) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      isDue = false;
    }
  };
  return {
    prompt: prompt(),
    next() {
      isDue = true;
      wake();
    },
  };
}
