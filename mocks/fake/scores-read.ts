import { z } from 'zod';
import type { FakeResponse } from '../fake-exchange.ts';
import { jsonAnswer } from './answers.ts';
import { type JsonRecord, toIso } from './json-value.ts';
import type { LegacyTables } from './legacy-tables.ts';
import { projectId } from './project.ts';
import { parametersOf } from './parameters.ts';
import { pageOf, pagingMeta, pagingParameters } from './paging.ts';
import type { ScoreRecord } from './records.ts';
import type { RequestUrl } from './request-url.ts';
import { toScoreJson } from './trace-json.ts';

/** `GET /api/public/scores` and `v2/scores`: a page of scores, the latest first. */
export function readScores(tables: LegacyTables, url: RequestUrl): FakeResponse {
  const paging = parametersOf(pageSchema, url);
  const found = latestFirst(tables);
  const data = pageOf(found, paging).map(toScoreJson);
  return jsonAnswer(200, { data, meta: pagingMeta(found.length, paging) });
}

/** `GET /api/public/v3/scores`: the same with a cursor; the only score list of an `events_only` server. */
export function readScoresV3(tables: LegacyTables, url: RequestUrl): FakeResponse {
  const { limit, cursor } = parametersOf(cursorSchema, url);
  const all = latestFirst(tables);
  const start = cursor === undefined ? 0 : all.findIndex((score) => cursorOf(score) === cursor) + 1;
  const page = all.slice(start, start + limit);
  const last = page.at(-1);
  const hasMore = start + page.length < all.length && last !== undefined;
  const meta = { limit, ...(hasMore ? { cursor: cursorOf(last) } : {}) };
  return jsonAnswer(200, { data: page.map(toScoreV3Json), meta });
}

const pageSchema = z.object(pagingParameters);

const cursorSchema = z.object({ limit: pagingParameters.limit, cursor: z.string().optional() });

function latestFirst(tables: LegacyTables): readonly ScoreRecord[] {
  return [...tables.scores.values()].toSorted((one, other) => other.timestamp - one.timestamp);
}

function toScoreV3Json(score: ScoreRecord): JsonRecord {
  return {
    id: score.id,
    projectId,
    name: score.name,
    source: score.source,
    timestamp: toIso(score.timestamp),
    environment: score.environment,
    createdAt: toIso(score.createdAt),
    updatedAt: toIso(score.updatedAt),
    dataType: score.dataType,
    value: score.dataType === 'CATEGORICAL' ? score.stringValue : score.value,
  };
}

function cursorOf(score: ScoreRecord): string {
  const position = { v: 1, lastTimestamp: toIso(score.timestamp), lastId: score.id };
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}
