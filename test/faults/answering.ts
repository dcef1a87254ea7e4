import { gunzipSync } from 'node:zlib';
import type { FakeReply, FakeRequest, FakeResponse } from '../../mocks/fake-langfuse.ts';

/** Answers a request in the place of the fake. */
export function replyWith(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '{}',
): FakeReply {
  const response: FakeResponse = {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body,
  };
  return { type: 'response', response, delayMs: 0 };
}

/** Whether it writes traces. */
export function isWrite({ method }: Pick<FakeRequest, 'method'>): boolean {
  return method === 'POST';
}

/** The body as text, unpacked. */
export function textOf({ headers, body }: FakeRequest): string {
  return (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : Buffer.from(body)).toString();
}
