import { z } from 'zod';
import { isRecord } from './json-value.ts';

const count = z.number().int().nullish();
const amount = z.number().nullish();

const mixedUsage = z.object({
  input: count,
  output: count,
  total: count,
  unit: z.enum(['CHARACTERS', 'TOKENS', 'MILLISECONDS', 'SECONDS', 'IMAGES', 'REQUESTS']).nullish(),
  promptTokens: count,
  completionTokens: count,
  totalTokens: count,
  inputCost: amount,
  outputCost: amount,
  totalCost: amount,
});

/** The older `usage` of a generation; the OpenAI names are turned into input, output and total. */
export const usageSchema: z.ZodType<Usage | null | undefined> = mixedUsage
  .nullish()
  .transform((usage) => {
    if (usage === null || usage === undefined) return null;
    const isOpenAi =
      'promptTokens' in usage || 'completionTokens' in usage || 'totalTokens' in usage;
    return isOpenAi
      ? { input: usage.promptTokens, output: usage.completionTokens, total: usage.totalTokens }
      : usage;
  });

/** Counts and costs as a legacy event gives them. */
export interface Usage {
  readonly input?: number | null | undefined;
  readonly output?: number | null | undefined;
  readonly total?: number | null | undefined;
  readonly inputCost?: number | null | undefined;
  readonly outputCost?: number | null | undefined;
  readonly totalCost?: number | null | undefined;
}

/** `usageDetails`: OpenAI shapes are flattened; what is no whole number from 0 on is dropped without an error. */
export const usageDetailsSchema: z.ZodType<Record<string, number> | null | undefined> = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((details) => (details ? toUsageDetails(details) : details));

/** `costDetails`: what is no number from 0 on is dropped without an error. */
export const costDetailsSchema: z.ZodType<Record<string, number> | null | undefined> = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((details) => (details ? numbersOf(details, (value) => value >= 0) : details));

/** The counts of a details object that the server keeps. */
export function toUsageDetails(details: Readonly<Record<string, unknown>>): Record<string, number> {
  for (const [input, output] of openAiShapes) {
    if (isOpenAiShape(details, [input, output])) return flattenOpenAi(details, [input, output]);
  }
  return numbersOf(details, (value) => Number.isInteger(value) && value >= 0);
}

type OpenAiNames = readonly [input: string, output: string];

const openAiShapes: readonly OpenAiNames[] = [
  ['prompt_tokens', 'completion_tokens'],
  ['input_tokens', 'output_tokens'],
];

function isOpenAiShape(
  details: Readonly<Record<string, unknown>>,
  [input, output]: OpenAiNames,
): boolean {
  const counts = [input, output, 'total_tokens'];
  const allowed = new Set([...counts, `${input}_details`, `${output}_details`]);
  return (
    counts.every((key) => Number.isInteger(details[key])) &&
    Object.keys(details).every((key) => allowed.has(key))
  );
}

function flattenOpenAi(
  details: Readonly<Record<string, unknown>>,
  [input, output]: OpenAiNames,
): Record<string, number> {
  const result: Record<string, number> = {
    input: Number(details[input]),
    output: Number(details[output]),
    total: Number(details['total_tokens']),
  };
  for (const [side, name] of [
    ['input', input],
    ['output', output],
  ] as const) {
    const parts = details[`${name}_details`];
    for (const [key, value] of Object.entries(isRecord(parts) ? parts : {})) {
      if (typeof value !== 'number') continue;
      result[`${side}_${key}`] = value;
      result[side] = Math.max((result[side] ?? 0) - value, 0);
    }
  }
  return result;
}

function numbersOf(
  details: Readonly<Record<string, unknown>>,
  isKept: (value: number) => boolean,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(details).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && isKept(entry[1]),
    ),
  );
}
