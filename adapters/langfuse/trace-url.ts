import type { Connection } from './connection.ts';
import { isObject } from './values.ts';
import { paths } from './vocabulary.ts';

/**
 * Where a person looks at a trace. Until the project of the keys is known it is `/trace/<id>`, which Langfuse redirects;
 * the first call asks for the project in the background.
 */
export function createTraceUrl(connection: Connection): (traceId: string) => string {
  const { baseUrl } = connection.settings;
  let project: string | undefined;
  let isAsked = false;

  async function askForProject(): Promise<void> {
    const { signal } = new AbortController();
    const result = await connection.http.get(paths.projects, { signal });
    project = result.type === 'answer' ? projectIdOf(result.json) : undefined;
    // An outage is no answer: the next call asks again.
    isAsked = result.type === 'answer' && result.status < 500;
  }

  return (traceId) => {
    if (!isAsked) {
      isAsked = true;
      void askForProject();
    }
    return project === undefined
      ? `${baseUrl}/trace/${traceId}`
      : `${baseUrl}/project/${encodeURIComponent(project)}/traces/${traceId}`;
  };
}

function projectIdOf(json: unknown): string | undefined {
  const list = isObject(json) ? json['data'] : undefined;
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  const id = isObject(first) ? first['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
