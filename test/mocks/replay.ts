import { gzipSync } from 'node:zlib';
import type { FakeRequest, FakeResponse } from '../../mocks/fake-langfuse.ts';
import { isRecord } from '../../mocks/fake/json-value.ts';
import { differences } from './compare.ts';
import type { RecordedExchange, RecordedResponse, RecordedScenario } from './recordings.ts';

/** Brings a request to the fake, over whatever it is, and the answer back. */
export type Carrier = (request: FakeRequest) => Promise<FakeResponse>;

/** A clock that a replay moves: recorded delays pass without waiting. */
export interface ReplayClock {
  now(): number;
  advanceTo(milliseconds: number): void;
}

/** The keys that the recordings' placeholders stand for; the fake's defaults. */
export const recordedKeys = { publicKey: 'pk-lf-local', secretKey: 'sk-lf-local' } as const;

// The day on which most of it was recorded. The copy in dual mode depends on it.
const recordedAtMs = Date.parse('2026-11-23T05:00:00.000Z');

// Scenarios that need others were recorded after the copy of what these wrote.
const pauseAfterRequiredMs = 30 * 60_000;

/** A clock that stands at the time of the recording. */
export function createReplayClock(): ReplayClock {
  let nowMs = recordedAtMs;
  return {
    now: () => nowMs,
    advanceTo(milliseconds) {
      nowMs = Math.max(nowMs, milliseconds);
    },
  };
}

export interface ReplayOptions {
  readonly send: Carrier;
  readonly clock: ReplayClock;
  /** All scenarios, to find those that are required. */
  readonly scenarios: readonly RecordedScenario[];
}

/**
 * Replays a scenario, those it requires first, and returns every difference between the recorded and the actual answers:
 * status, kept headers and body, apart from volatile values.
 */
export async function replay(
  scenario: RecordedScenario,
  options: ReplayOptions,
): Promise<readonly string[]> {
  for (const id of scenario.requires ?? []) {
    const required = options.scenarios.find((candidate) => candidate.id === id);
    if (required === undefined)
      throw new Error(`${scenario.id} requires ${id}, which is not recorded here.`);
    await replay(required, options);
    options.clock.advanceTo(options.clock.now() + pauseAfterRequiredMs);
  }
  return (await run(scenario, options)).flat();
}

async function run(
  scenario: RecordedScenario,
  { send, clock }: ReplayOptions,
): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = [];
  for (const step of stepsOf(scenario)) {
    clock.advanceTo(clock.now() + step.pauseMs);
    const response = await send(toRequest(step.exchange.request, step.isRead));
    found.push(responseDifferences(response, { step, volatile: scenario.volatile }));
  }
  return found;
}

interface Step {
  readonly path: string;
  readonly exchange: RecordedExchange;
  readonly isRead: boolean;
  /** Milliseconds since the step before. */
  readonly pauseMs: number;
}

// A read that was made after exchange 0 came before exchange 1 was sent.
function stepsOf(scenario: RecordedScenario): readonly Step[] {
  return scenario.exchanges.flatMap((exchange, index) => {
    const pauseMs = exchange.delayBeforeMs ?? 0;
    const reads = (scenario.readBack ?? [])
      .map((read, position) => ({ read, path: `$.readBack[${position}]` }))
      .filter(({ read }) => read.afterExchange === index)
      .toSorted((one, other) => one.read.settledAfterMs - other.read.settledAfterMs);
    const readSteps = reads.map(({ read, path }, position) => ({
      path,
      exchange: read,
      isRead: true,
      pauseMs: read.settledAfterMs - (reads[position - 1]?.read.settledAfterMs ?? 0),
    }));
    return [{ path: `$.exchanges[${index}]`, exchange, isRead: false, pauseMs }, ...readSteps];
  });
}

function toRequest(request: RecordedExchange['request'], isRead: boolean): FakeRequest {
  const headers = { ...(isRead ? { authorization: 'Basic <pk:sk>' } : {}), ...request.headers };
  const authorization = headers['authorization'];
  return {
    method: request.method,
    path: request.path,
    headers:
      authorization === undefined
        ? headers
        : { ...headers, authorization: expandKeys(authorization) },
    body: toBytes(request),
  };
}

function expandKeys(authorization: string): string {
  const { publicKey, secretKey } = recordedKeys;
  const encoded = (credentials: string): string => Buffer.from(credentials).toString('base64');
  return authorization
    .replace('<pk:sk>', encoded(`${publicKey}:${secretKey}`))
    .replace('<wrong>', encoded(`${publicKey}:sk-lf-wrong`))
    .replace('<unknown-pk>', encoded(`pk-lf-unknown:${secretKey}`))
    .replace('<pk>', publicKey)
    .replace('<sk>', secretKey);
}

function toBytes({ body, bodyEncoding }: RecordedExchange['request']): Uint8Array {
  if (body === undefined) return new Uint8Array();
  const expanded = expand(body);
  if (expanded instanceof Uint8Array) return expanded;
  const text = typeof expanded === 'string' ? expanded : JSON.stringify(expanded);
  const bytes = new TextEncoder().encode(text);
  return bodyEncoding === 'gzip' ? gzipSync(bytes) : bytes;
}

// The placeholders of test/recordings/README.md.
function expand(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expand);
  if (!isRecord(value)) return value;
  const { $repeat: repeat, $concat: parts, $base64: base64 } = value;
  if (isRecord(repeat)) return String(repeat['text']).repeat(Number(repeat['times']));
  if (Array.isArray(parts)) return parts.map(expand).join('');
  if (typeof base64 === 'string') return new Uint8Array(Buffer.from(base64, 'base64'));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]));
}

interface Judging {
  readonly step: Step;
  readonly volatile: readonly string[];
}

function responseDifferences(actual: FakeResponse, { step, volatile }: Judging): readonly string[] {
  const { response } = step.exchange;
  const path = `${step.path}.response`;
  if (volatile.includes(step.path)) return [];
  return [
    ...(actual.status === response.status
      ? []
      : [
          `${path}.status: recorded ${response.status}, got ${actual.status} ${actual.body.slice(0, 200)}`,
        ]),
    ...headerDifferences(actual, { recorded: response.headers, path: `${path}.headers` }),
    ...bodyDifferences(actual.body, { response, path: `${path}.body`, volatile }),
  ];
}

const keptHeaders = /^(?:content-type|retry-after|allow|location|www-authenticate|x-ratelimit-.*)$/;

function headerDifferences(
  actual: FakeResponse,
  { recorded, path }: { readonly recorded: RecordedResponse['headers']; readonly path: string },
): readonly string[] {
  if (recorded === undefined) return [];
  const kept = Object.entries(actual.headers).filter(([name]) => keptHeaders.test(name));
  const tolerance = { volatile: new Set<string>(), isReduced: false };
  return differences(recorded, Object.fromEntries(kept), { path, tolerance });
}

interface BodyJudging {
  readonly response: RecordedResponse;
  readonly path: string;
  readonly volatile: readonly string[];
}

function bodyDifferences(
  actual: string,
  { response, path, volatile }: BodyJudging,
): readonly string[] {
  const expected = response.body;
  if (expected === undefined) return [];
  if (volatile.includes(path))
    return isRecord(parse(actual))
      ? []
      : [`${path}: expected any JSON object, got ${actual.slice(0, 200)}`];
  if (typeof expected === 'string')
    return expected === actual
      ? []
      : [`${path}: recorded ${expected}, got ${actual.slice(0, 200)}`];
  if (isRecord(expected) && '$html' in expected) {
    return actual.startsWith('<!DOCTYPE html>')
      ? []
      : [`${path}: expected an HTML page, got ${actual.slice(0, 200)}`];
  }
  if (isRecord(expected) && '$omitted' in expected) {
    return isRecord(parse(actual))
      ? []
      : [`${path}: expected any JSON object, got ${actual.slice(0, 200)}`];
  }
  const tolerance = { volatile: new Set(volatile), isReduced: response.reduced === true };
  return differences(expand(expected), parse(actual), { path, tolerance });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
