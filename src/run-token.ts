import { LifecycleError } from './errors.ts';
import type { RunState } from './lifecycle-state.ts';
import { tokenContentSchema } from './run-token-schema.ts';

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
function check(content: unknown): ReturnType<typeof tokenContentSchema.safeParse> | undefined {
  try {
    return tokenContentSchema.safeParse(content);
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
