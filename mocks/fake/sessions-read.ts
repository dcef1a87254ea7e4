import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { jsonAnswer, notFound } from './answers.ts';
import { dateTimeSchema } from './date-time-schema.ts';
import { type JsonRecord, toIso } from './json-value.ts';
import type { LegacyTables } from './legacy-tables.ts';
import { projectId } from './project.ts';
import { parametersOf, texts } from './parameters.ts';
import { pageOf, pagingMeta, pagingParameters } from './paging.ts';
import type { SessionRecord } from './records.ts';
import type { RequestUrl } from './request-url.ts';
import { toTraceJson } from './trace-json.ts';

/** `GET /api/public/sessions/{id}`: the session with its traces, the latest first. */
export function readSession(tables: LegacyTables, id: string): FakeResponse {
  const session = tables.sessions.get(id);
  if (session === undefined) return notFound('Session not found within authorized project');
  const traces = [...tables.traces.values()]
    .filter(({ sessionId }) => sessionId === id)
    .toSorted((one, other) => other.timestamp - one.timestamp);
  return jsonAnswer(200, { ...toSessionJson(session), traces: traces.map(toTraceJson) });
}

/** `GET /api/public/sessions`: the newest first; the window is one of arrival, not of trace times. */
export function readSessions(tables: LegacyTables, url: RequestUrl): FakeResponse {
  const parameters = parametersOf(parametersSchema, url);
  const { environment: environments, fromTimestamp, toTimestamp, ...paging } = parameters;
  const found = [...tables.sessions.values()]
    .toReversed()
    .filter(
      (session) =>
        (!environments || environments.includes(session.environment)) &&
        (!fromTimestamp || session.createdAt >= Date.parse(fromTimestamp)) &&
        (!toTimestamp || session.createdAt < Date.parse(toTimestamp)),
    )
    .toSorted((one, other) => other.createdAt - one.createdAt);
  const meta = pagingMeta(found.length, paging);
  return jsonAnswer(200, { data: pageOf(found, paging).map(toSessionJson), meta });
}

const parametersSchema = z.object({
  ...pagingParameters,
  environment: texts,
  fromTimestamp: dateTimeSchema.nullish(),
  toTimestamp: dateTimeSchema.nullish(),
});

function toSessionJson({ id, createdAt, environment }: SessionRecord): JsonRecord {
  return { id, createdAt: toIso(createdAt), projectId, environment };
}
