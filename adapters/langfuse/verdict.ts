import type { Problem } from './connection.ts';
import type { HttpResult } from './http.ts';
import { parseRetryAfter } from './retry-after.ts';
import { isObject } from './values.ts';

/** What an answer means for the whole request. */
export type Verdict =
  | { readonly type: 'taken'; readonly json: Readonly<Record<string, unknown>> }
  /** Nothing in the request is at fault; the same again later. */
  | { readonly type: 'later'; readonly afterMs?: number; readonly problem?: Problem }
  /** Something in the body is at fault. */
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'too-large'; readonly message: string }
  /** There is no such endpoint. */
  | { readonly type: 'missing'; readonly message: string };

/** What was asked, and what would be a success. */
export interface Expectation {
  readonly url: string;
  readonly nowMs: number;
  /** Aborted by the caller: then it is nobody's problem that no answer came. */
  readonly signal: AbortSignal;
  readonly successStatuses: readonly number[];
}

type Answer = Extract<HttpResult, { type: 'answer' }>;

/** Judges an answer by its status and by whether it is Langfuse that speaks: a proxy's HTML page is no success. */
export function toVerdict(result: HttpResult, expectation: Expectation): Verdict {
  const { url, signal } = expectation;
  if (result.type === 'unreachable') {
    if (signal.aborted) return { type: 'later' };
    const message = `Langfuse at ${url} cannot be reached (${result.message}); traces wait and are sent when it answers. Check LANGFUSE_BASE_URL and the network.`;
    return { type: 'later', problem: { code: 'unreachable', message } };
  }
  if (expectation.successStatuses.includes(result.status)) return successOf(result, url);
  return failureOf(result, expectation);
}

function successOf(answer: Answer, url: string): Verdict {
  if (isObject(answer.json)) return { type: 'taken', json: answer.json };
  const message = `${url} answered ${answer.status} with something else than Langfuse's JSON (${saidBy(answer)}); traces wait. Check that LANGFUSE_BASE_URL is the address of Langfuse and not of a page or proxy before it.`;
  return { type: 'later', problem: { code: 'server_error', message } };
}

function failureOf(answer: Answer, { url, nowMs }: Expectation): Verdict {
  const { status } = answer;
  const said = `${url} answered ${status} (${saidBy(answer)})`;
  switch (status) {
    case 400:
    case 422:
      return { type: 'refused', message: said };
    case 401:
    case 403:
      return {
        type: 'later',
        problem: {
          code: 'unauthorized',
          message: `${said}; traces wait. Check LANGFUSE_SECRET_KEY and LANGFUSE_PUBLIC_KEY, and that LANGFUSE_BASE_URL is the server that they belong to.`,
        },
      };
    case 404:
    case 405:
    case 410:
      return { type: 'missing', message: said };
    case 413:
      return { type: 'too-large', message: said };
    default: {
      const afterMs = parseRetryAfter(answer.headers.get('retry-after'), nowMs);
      return {
        type: 'later',
        ...(afterMs !== undefined && { afterMs }),
        problem: { code: 'server_error', message: `${said}; traces wait and are sent again.` },
      };
    }
  }
}

/** What to tell when an endpoint is missing and no other way is left. */
export function missingProblem(message: string): Problem {
  return {
    code: 'unreachable',
    message: `${message}; traces wait. Check that LANGFUSE_BASE_URL is the address of Langfuse, without a path that does not belong to it.`,
  };
}

/** What an answer says, on one line of at most 200 characters. */
export function saidBy({ json, text }: Answer): string {
  const said = isObject(json) ? (json['message'] ?? json['error']) : titleOf(text);
  const line = (typeof said === 'string' ? said : text)
    .slice(0, 1_000)
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (line === '') return 'an empty body';
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** What a page is about: its markup says nothing to a person. */
function titleOf(text: string): string | undefined {
  const [, title] = /^\s*<(?:!doctype html|html)\b[^]{0,2000}?<title>([^<]+)/i.exec(text) ?? [];
  return title === undefined ? undefined : `a page with the title "${title.trim()}"`;
}
