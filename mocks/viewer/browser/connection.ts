import type { FeedEvent, ImportReport } from '../api.ts';

/** Hears what the server sends. */
export interface FeedListener {
  readonly onEvent: (event: FeedEvent) => void;
  /** Whether the stream is there; when it breaks the browser connects again by itself. */
  readonly onConnection: (state: 'live' | 'away') => void;
}

/** Follows the server's stream for as long as the page is open. */
export function follow(listener: FeedListener): void {
  const source = new EventSource('/viewer/api/events');
  const names: readonly FeedEvent['name'][] = ['reset', 'runs', 'gone', 'ready'];
  for (const name of names) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      // Our own server of the same version wrote it.
      listener.onEvent({ name, data: JSON.parse(event.data) as unknown } as FeedEvent);
    });
  }
  source.addEventListener('open', () => listener.onConnection('live'));
  source.addEventListener('error', () => {
    listener.onConnection('away');
    // After some answers (a proxy's 502) a browser gives up for good.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(listener), 2000);
  });
}

/** What the server answered: what was asked for, nothing, or that it cannot be reached. */
export type Answer<Value> =
  | { readonly type: 'found'; readonly value: Value }
  | { readonly type: 'missing' }
  | { readonly type: 'failed'; readonly message: string };

/** Asks the viewer's API. */
export async function ask<Value>(
  name: 'run' | 'step' | 'conversation',
  parameters: Readonly<Record<string, string>>,
): Promise<Answer<Value>> {
  try {
    const search = new URLSearchParams(parameters).toString();
    const response = await fetch(`/viewer/api/${name}?${search}`);
    if (response.status === 404) return { type: 'missing' };
    if (!response.ok) return { type: 'failed', message: await response.text() };
    // Our own server of the same version wrote it.
    return { type: 'found', value: (await response.json()) as Value };
  } catch (error) {
    return { type: 'failed', message: String(error) };
  }
}

/** Sends a data file to the server. */
export async function sendImport(file: Blob): Promise<Answer<ImportReport>> {
  try {
    const headers = { 'content-type': 'application/x-ndjson' };
    const response = await fetch('/viewer/api/import', { method: 'POST', headers, body: file });
    if (!response.ok) return { type: 'failed', message: await response.text() };
    return { type: 'found', value: (await response.json()) as ImportReport };
  } catch (error) {
    return { type: 'failed', message: String(error) };
  }
}
