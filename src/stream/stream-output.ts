import * as types from 'node:util/types';
import { readEntries, readField } from '../foreign-value.ts';
import { listTruncationMarker } from '../sanitize/bounded-text.ts';
import type { JsonValue, Snapshot } from '../sanitize.ts';
import { createByteDecoder, createStreamText } from './stream-text.ts';

/** What was streamed, put together within a bound. Holds no object of the host. */
export interface StreamOutput {
  add(chunk: unknown): void;
  /** Undefined when nothing came. */
  result(): unknown;
}

/** How a stream's output is put together. */
export interface StreamOutputOptions {
  /** A sanitized copy. */
  readonly snapshot: (value: unknown) => Snapshot;
  /** Makes the output of the chunks' copies; without it texts are joined and other chunks are listed. */
  readonly toOutput?: ((chunks: readonly unknown[]) => unknown) | undefined;
}

const limits = { textCharacters: 262_144, chunks: 1_000, chunkBytes: 262_144 } as const;

/**
 * Texts, bytes of UTF-8 and the text deltas of well-known model APIs become one text of at most 262,144 characters;
 * anything else is copied, up to 1,000 chunks or 262,144 bytes. A stream of both gives `{ text, chunks }`.
 */
export function createStreamOutput({ snapshot, toOutput }: StreamOutputOptions): StreamOutput {
  return toOutput === undefined ? joined(snapshot) : listed(snapshot, toOutput);
}

function joined(snapshot: StreamOutputOptions['snapshot']): StreamOutput {
  const text = createStreamText(limits.textCharacters);
  const others = createBoundedList(snapshot);
  return {
    add(chunk) {
      const piece = toTextPiece(chunk);
      if (piece === undefined) others.add(chunk);
      else text.add(piece);
    },
    result() {
      const joinedText = text.result();
      const chunks = others.result();
      if (chunks.length === 0) return joinedText;
      return joinedText === undefined ? chunks : { text: joinedText, chunks };
    },
  };
}

function listed(
  snapshot: StreamOutputOptions['snapshot'],
  toOutput: (chunks: readonly unknown[]) => unknown,
): StreamOutput {
  const all = createBoundedList(snapshot);
  const decode = createByteDecoder();
  return {
    add(chunk) {
      all.add(types.isUint8Array(chunk) ? (decode(chunk) ?? chunk) : chunk);
    },
    result: () => toOutput(all.result()),
  };
}

interface BoundedList {
  add(value: unknown): void;
  result(): readonly JsonValue[];
}

function createBoundedList(snapshot: StreamOutputOptions['snapshot']): BoundedList {
  const copies: JsonValue[] = [];
  let bytes = 0;
  let total = 0;
  return {
    add(value) {
      total += 1;
      if (copies.length >= limits.chunks || bytes >= limits.chunkBytes) return;
      const { value: copy, size } = snapshot(value);
      copies.push(copy ?? null);
      bytes += size;
    },
    result: () =>
      total === copies.length
        ? [...copies]
        : [...copies, listTruncationMarker(total, copies.length)],
  };
}

function toTextPiece(chunk: unknown): string | Uint8Array | undefined {
  if (typeof chunk === 'string' || types.isUint8Array(chunk)) return chunk;
  if (types.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk);
  return typeof chunk === 'object' && chunk !== null ? toDeltaText(chunk) : undefined;
}

/** The text of a chunk that adds text to an answer and says nothing else. */
function toDeltaText(chunk: object): string | undefined {
  switch (readField(chunk, 'type')) {
    // AI SDK: `text` from its functions, `delta` from its providers and in UI message streams.
    case 'text-delta':
      return toText(readField(chunk, 'text')) ?? toText(readField(chunk, 'delta'));
    // https://docs.anthropic.com/en/api/messages-streaming
    case 'content_block_delta':
      return toText(readField(readField(chunk, 'delta'), 'text'));
    // https://platform.openai.com/docs/api-reference/responses-streaming
    case 'response.output_text.delta':
      return toText(readField(chunk, 'delta'));
    default:
      return toChatCompletionText(chunk);
  }
}

// https://platform.openai.com/docs/api-reference/chat-streaming
function toChatCompletionText(chunk: object): string | undefined {
  const [choice, ...others] = readEntries(readField(chunk, 'choices'), 2);
  if (others.length > 0 || (readField(choice, 'finish_reason') ?? null) !== null) return undefined;
  const delta = readField(choice, 'delta');
  return readField(delta, 'tool_calls') === undefined
    ? toText(readField(delta, 'content'))
    : undefined;
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
