import { z } from 'zod';
import { LifecycleError } from './errors.ts';
import type { JsonValue } from './json.ts';
import type { RunState } from './lifecycle-state.ts';
import { observationKinds } from './records.ts';

/**
 * Thrown by `lifecycle.resume` for a text that is not the token of a run, or one of a newer version of this package.
 * The message says what was expected; it never repeats the token, which holds the run's input.
 */
export class TokenError extends LifecycleError {
  override readonly name = 'TokenError';

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('token', message, options);
  }
}

/** What a token says: the run as it was let go, or that there was nothing to hand over. */
export type TokenContent =
  | { readonly type: 'open'; readonly run: RunState }
  | { readonly type: 'none'; readonly runId: string; readonly traceId: string };

// Queues take messages of 64 KiB and more; half of the smallest is left for the job itself.
const longestToken = 32 * 1024;
const prefix = 'lfrun1.';

const json: z.ZodType<JsonValue> = z.json();
const id = z.string().min(1).max(200);
const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const runSchema = z.strictObject({
  runId: id,
  spanId: hex(16),
  parent: z.strictObject({ runId: id, spanId: hex(16), rootRunId: id }).exactOptional(),
  trace: z.strictObject({
    traceId: hex(32),
    name: z.string().min(1).max(1_000),
    conversationId: z.string().max(1_000).exactOptional(),
    userId: z.string().max(1_000).exactOptional(),
    tags: z.array(z.string().max(1_000)).max(50).exactOptional(),
    version: z.string().max(1_000).exactOptional(),
  }),
  kind: z.enum(observationKinds),
  name: z.string().min(1).max(1_000),
  startTime: z.number().nonnegative(),
  start: z.enum(['told', 'synthesised']),
  input: json.exactOptional(),
  output: json.exactOptional(),
  metadata: z.record(z.string(), json),
  conversationSource: z.string().max(200),
  conversationConflict: z.array(z.string().max(200)).max(50),
  size: z.number().nonnegative(),
});

const contentSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), run: runSchema }),
  z.strictObject({ type: z.literal('none'), runId: id, traceId: hex(32) }),
]);

/** The content as a text of at most 32 KiB that goes through queues, headers and URLs. */
export function toToken(content: TokenContent): string {
  const whole = encode(content);
  if (whole.length <= longestToken || content.type === 'none') return whole;
  return encode({ type: 'open', run: withoutPayload(content.run) });
}

function encode(content: TokenContent): string {
  return prefix + Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** A run whose payload is too large for a token travels without it and says so. */
function withoutPayload(run: RunState): RunState {
  const { input, output: _output, ...rest } = run;
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? '');
  const head = text.slice(0, 4_096).toWellFormed();
  return {
    ...rest,
    input: `${head}… [truncated ${text.length} → ${head.length} chars: too large for a run token]`,
    metadata: {},
  };
}

/** @throws {TokenError} */
export function parseToken(token: unknown): TokenContent {
  if (typeof token !== 'string' || !token.startsWith(prefix)) {
    throw new TokenError(
      `Not a run token: expected the text that run.token() gave (it starts with ${prefix}), got ${describe(token)}. Pass it on as it is.`,
    );
  }
  if (token.length > longestToken) {
    throw new TokenError(
      `Not a run token: expected at most ${longestToken} characters, got ${token.length}. Pass it on as it is.`,
    );
  }
  const result = check(decode(token.slice(prefix.length)));
  if (result?.success === true) return result.data;
  const fields = [
    ...new Set(result?.error.issues.map(({ path }) => path.join('.') || 'content') ?? ['content']),
  ].join(', ');
  throw new TokenError(
    `A run token that cannot be read (${fields}): it was cut or changed on its way, or a newer version of langfuse-lifecycle made it. End the run where it was started, or start another one with retryOf.`,
  );
}

/** Undefined when the content is nested so deeply that reading it overflows the stack. */
function check(content: unknown): ReturnType<typeof contentSchema.safeParse> | undefined {
  try {
    return contentSchema.safeParse(content);
  } catch {
    return undefined;
  }
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : `another text of ${value.length} characters`;
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
