import { missingFromParent, rootOf } from '../completeness.ts';
import type { FakeObservation, FakeTrace } from '../fake-trace.ts';
import { roundCost, sideOf } from '../fake/usage.ts';
import { saidIn } from './said.ts';
import type {
  ConversationRun,
  RunDetails,
  RunStatus,
  RunSummary,
  Said,
  StepDetails,
  StepSummary,
  Tokens,
} from './api.ts';

/** A trace as a line of the list. */
export function toRunSummary(trace: FakeTrace): RunSummary {
  return summarize(trace, missingFromParent(trace).length);
}

/** A trace with its steps. */
export function toRunDetails(trace: FakeTrace): RunDetails {
  const missing = missingFromParent(trace);
  const steps = withKeys(trace.observations).map(({ key, row }) => toStepSummary(key, row));
  return { run: summarize(trace, missing.length), missing, steps };
}

/** One step by its key, the run itself by the empty one. */
export function toStepDetails(trace: FakeTrace, key: string): StepDetails | undefined {
  if (key === '') return detailsOfRun(trace);
  const row = withKeys(trace.observations).find((one) => one.key === key)?.row;
  if (row === undefined) return undefined;
  const { statusMessage, input, output, metadata, modelParameters, version, release } = row;
  const { usageDetails: usage, costDetails: costs } = row;
  return {
    key,
    message: statusMessage,
    input,
    output,
    metadata,
    modelParameters,
    usage,
    costs,
    version,
    release,
  };
}

/** A trace within its conversation; long texts are cut. */
export function toConversationRun(trace: FakeTrace): ConversationRun {
  const root = rootOf(trace);
  return {
    run: toRunSummary(trace),
    input: toSaid(inputOf(trace)),
    output: toSaid(root?.output ?? trace.output),
  };
}

const previewLength = 160;
const messageLength = 300;
const turnLength = 20_000;

function summarize(trace: FakeTrace, missing: number): RunSummary {
  const root = rootOf(trace);
  const status = statusOf(root);
  const reason = root?.metadata['reason'];
  return {
    id: trace.id,
    name: trace.name,
    status,
    reason: status !== 'in_progress' && typeof reason === 'string' ? reason : null,
    level: root?.level ?? 'DEFAULT',
    message: root?.statusMessage ? cut(root.statusMessage, messageLength) : null,
    startedAt: Date.parse(root?.startTime ?? trace.timestamp),
    endedAt: toMs(root?.endTime),
    conversationId: trace.sessionId,
    userId: trace.userId,
    tags: trace.tags,
    environment: trace.environment,
    tokens: sumTokens(trace.observations),
    cost: sumCosts(trace.observations),
    steps: trace.observations.filter((row) => row !== root && !isStartMarker(row)).length,
    missing,
    preview: toPreview(inputOf(trace)),
  };
}

function statusOf(root: FakeObservation | undefined): RunStatus {
  if (root === undefined || root.endTime === null) return 'in_progress';
  const told = root.metadata['status'];
  if (told === 'completed' || told === 'error' || told === 'suspended') return told;
  return root.level === 'ERROR' ? 'error' : 'ended';
}

/** The event that tells of an open run where a root cannot be sent before its end. */
function isStartMarker({ type, metadata }: FakeObservation): boolean {
  return type === 'EVENT' && metadata['status'] === 'in_progress';
}

function inputOf(trace: FakeTrace): unknown {
  return (
    rootOf(trace)?.input ?? trace.input ?? trace.observations.find(isStartMarker)?.input ?? null
  );
}

function detailsOfRun(trace: FakeTrace): StepDetails {
  const { version, release } = trace;
  const marker = trace.observations.find(isStartMarker);
  return {
    key: '',
    message: null,
    input: inputOf(trace),
    output: trace.output,
    metadata: { ...marker?.metadata, ...trace.metadata },
    modelParameters: null,
    usage: {},
    costs: {},
    version,
    release,
  };
}

function toStepSummary(key: string, row: FakeObservation): StepSummary {
  const { status, reason } = { status: row.metadata['status'], reason: row.metadata['reason'] };
  return {
    key,
    id: row.id,
    parentId: row.parentObservationId,
    type: row.type,
    name: row.name,
    level: row.level,
    message: row.statusMessage ? cut(row.statusMessage, messageLength) : null,
    status: typeof status === 'string' ? status : null,
    reason: typeof reason === 'string' ? reason : null,
    startedAt: Date.parse(row.startTime),
    endedAt: toMs(row.endTime),
    firstTokenAt: toMs(row.completionStartTime),
    model: row.model,
    tokens: tokensOf(row),
    cost: costOf(row),
    isRoot: row.isRoot,
  };
}

interface KeyedRow {
  readonly key: string;
  readonly row: FakeObservation;
}

// A span that was exported again with other content stands in the trace twice, under one id.
function withKeys(rows: readonly FakeObservation[]): readonly KeyedRow[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const count = (counts.get(row.id) ?? 0) + 1;
    counts.set(row.id, count);
    return { key: count === 1 ? row.id : `${row.id} ${count}`, row };
  });
}

function tokensOf({ usageDetails }: FakeObservation): Tokens {
  const input = sideOf(usageDetails, 'input') ?? null;
  const output = sideOf(usageDetails, 'output') ?? null;
  const total =
    usageDetails['total'] ??
    (input === null && output === null ? null : (input ?? 0) + (output ?? 0));
  return { input, output, total };
}

function costOf({ costDetails }: FakeObservation): number | null {
  const values = Object.entries(costDetails).filter(([key]) => key !== 'total');
  const sum = values.reduce((total, [, value]) => total + value, 0);
  return costDetails['total'] ?? (values.length === 0 ? null : roundCost(sum));
}

function sumTokens(rows: readonly FakeObservation[]): Tokens {
  const tokens = rows.map(tokensOf);
  return {
    input: sumOf(tokens.map(({ input }) => input)),
    output: sumOf(tokens.map(({ output }) => output)),
    total: sumOf(tokens.map(({ total }) => total)),
  };
}

function sumCosts(rows: readonly FakeObservation[]): number | null {
  const sum = sumOf(rows.map(costOf));
  return sum === null ? null : roundCost(sum);
}

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function toMs(time: string | null | undefined): number | null {
  return time === null || time === undefined ? null : Date.parse(time);
}

function toSaid(value: unknown): Said {
  const text = saidIn(value);
  return { value: shorten(value), text: text === null ? null : cut(text, turnLength) };
}

function toPreview(value: unknown): string {
  const text = (saidIn(value) ?? textOf(value)).slice(0, 1000);
  return cut(text.replaceAll(/\s+/g, ' ').trim(), previewLength);
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : (JSON.stringify(value) ?? '');
}

function shorten(value: unknown): unknown {
  const text = typeof value === 'string' ? value : textOf(value);
  return text.length <= turnLength ? value : cut(text, turnLength);
}

function cut(text: string, length: number): string {
  // Between the halves of a pair the text would not be well-formed.
  return text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`;
}
