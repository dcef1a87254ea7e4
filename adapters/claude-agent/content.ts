import { readEntries, readField, readText } from '../../src/index.ts';

/** Blocks of one message that are looked at; the Messages API gives far fewer. */
const maximumBlocks = 1_000;

/** A tool call, as a content block asks for it. */
export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** What a tool gave back to the model. */
export interface ToolResult {
  readonly id: string;
  readonly output: unknown;
  readonly isError: boolean;
}

/** The content blocks of a message of the Messages API; a plain text is one block. */
export function readBlocks(message: unknown): readonly unknown[] {
  const content = readField(message, 'content');
  return typeof content === 'string'
    ? [{ type: 'text', text: content }]
    : readEntries(content, maximumBlocks);
}

/** The call of a block that is one: `tool_use`, or one that the API or an MCP server runs itself. */
export function toToolUse(block: unknown): ToolUse | undefined {
  const id = readText(block, 'id');
  if (id === undefined || readText(block, 'type')?.endsWith('tool_use') !== true) return undefined;
  return { id, name: readText(block, 'name') ?? 'tool', input: readField(block, 'input') };
}

/** The result of a block that is one: `tool_result`, `web_search_tool_result` … */
export function toToolResult(block: unknown): ToolResult | undefined {
  const id = readText(block, 'tool_use_id');
  if (id === undefined || readText(block, 'type')?.endsWith('tool_result') !== true) {
    return undefined;
  }
  const output = toPlainContent(readField(block, 'content'));
  return { id, output, isError: readField(block, 'is_error') === true };
}

/** Content as people read it: the text when there is nothing else, otherwise the blocks as copies. */
export function toPlainContent(content: unknown): unknown {
  if (!Array.isArray(content)) return typeof content === 'object' ? copied(content) : content;
  const blocks = readEntries(content, maximumBlocks);
  const texts = blocks.map(textOf).filter((text) => text !== undefined);
  return texts.length === blocks.length ? texts.join('\n') : blocks.map(copyBlock);
}

/** A block without what only the API needs; the host may change its own afterwards. */
export function copyBlock(block: unknown): unknown {
  const text = textOf(block);
  if (text !== undefined) return { type: 'text', text };
  // The signature is a long proof for the API, of no worth to a reader.
  if (readField(block, 'type') === 'thinking') {
    return { type: 'thinking', thinking: readField(block, 'thinking') };
  }
  return copied(block);
}

/** The text of a text block. */
export function textOf(block: unknown): string | undefined {
  const text = readField(block, 'type') === 'text' ? readField(block, 'text') : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** All text of some blocks; undefined when there is none. */
export function textIn(blocks: readonly unknown[]): string | undefined {
  const text = blocks.map((block) => textOf(block) ?? '').join('');
  return text.trim() === '' ? undefined : text;
}

/** How much the model wrote in a block, in characters; the API counts tokens, and only the sum of them is told. */
export function charactersOf(block: unknown): number {
  const written =
    textOf(block) ?? readText(block, 'thinking') ?? JSON.stringify(readField(block, 'input'));
  return written?.length ?? 0;
}

function copied(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    // Messages of Claude Code are JSON; those of the user may hold anything.
    return '[not a plain value]';
  }
}
