import { keepClass, traceReadableStream } from './readable-stream.ts';
import type { StreamLease } from './stream-lease.ts';

/** Facts of a response that came from the network; a new one can be given them in no other way. */
const networkFacts = ['url', 'redirected', 'type'] as const;

/** A response with the same status, headers, url and class, whose body is followed. The body of `response` is locked. */
export function traceResponse<T extends Response>(response: T, lease: StreamLease): T {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  // Of a fetched response that nobody can read any more, fetch itself cancels the body to free the connection.
  const isFetched = response.url !== '';
  const followed = traceReadableStream(body, lease, isFetched ? 'cancel' : 'leave');
  const traced = keepClass(response, new Response(followed, { status, statusText, headers }));
  for (const fact of networkFacts) {
    if (traced[fact] !== response[fact])
      Object.defineProperty(traced, fact, { value: response[fact], configurable: true });
  }
  return traced;
}
