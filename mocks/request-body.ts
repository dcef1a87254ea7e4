import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const bodyLimitBytes = 64 * 1024 * 1024;

/** What came of reading a body. */
export type Body =
  | { readonly type: 'read'; readonly bytes: Uint8Array }
  | { readonly type: 'too-large' }
  | { readonly type: 'gone' };

/** Reads a body of at most 64 MB. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk);
      size += bytes.byteLength;
      if (size > bodyLimitBytes) return { type: 'too-large' };
      chunks.push(bytes);
    }
  } catch {
    // The client broke off; there is nobody to answer.
    return { type: 'gone' };
  }
  return { type: 'read', bytes: Buffer.concat(chunks) };
}

// Closing at once would reset the connection under a client that still sends, and it would never read the answer.
const lingerMs = 1000;

/** Answers a body that was too large, and lets the client read the answer. */
export function refuseBody({ request, response }: Exchange): void {
  const text = `This fake Langfuse takes at most ${bodyLimitBytes} bytes a request.`;
  response.writeHead(413, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  });
  response.write(text);
  const timer = setTimeout(() => response.socket?.destroy(), lingerMs);
  request.once('close', () => {
    clearTimeout(timer);
    response.end();
  });
  request.resume();
}
