import { isRecord } from '../../mocks/fake/json-value.ts';

/** What to leave aside in a comparison. */
export interface Tolerance {
  /** JSON paths whose values differ from run to run. */
  readonly volatile: ReadonlySet<string>;
  /** Whether bookkeeping fields were left out of the recording. */
  readonly isReduced: boolean;
}

// What "reduced" recordings leave out (test/recordings/README.md); all of it stands in the unreduced ones.
const bookkeeping: ReadonlySet<string> = new Set([
  'projectId',
  'createdAt',
  'updatedAt',
  'bookmarked',
  'externalId',
  'htmlPath',
  'scores',
  'internalModelId',
  'modelId',
  'inputUsage',
  'outputUsage',
  'totalUsage',
  'inputCost',
  'outputCost',
  'promptId',
  'promptName',
  'promptVersion',
  'usagePricingTierId',
  'usagePricingTierName',
  'timeToFirstToken',
  'inputPrice',
  'outputPrice',
  'totalPrice',
  'calculatedInputCost',
  'calculatedOutputCost',
  'calculatedTotalCost',
  'unit',
  'promptTokens',
  'completionTokens',
  'totalTokens',
  'usage',
  'traceId',
]);

// Rows of these lists are short in reduced recordings, beyond bookkeeping; so is a session, which has `traces`.
const shortLists = /\.(?:scores|traces)\[\d+\]$/;

/** Every difference between a recorded and an actual JSON value, in words; none for equal ones. */
export function differences(
  expected: unknown,
  actual: unknown,
  { path, tolerance }: { readonly path: string; readonly tolerance: Tolerance },
): readonly string[] {
  if (tolerance.volatile.has(path)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const [one, other] = [inComparableOrder(expected, path), inComparableOrder(actual, path)];
    if (one.length !== other.length) return [report(path, expected, actual)];
    return one.flatMap((item, index) =>
      differences(item, other[index], { path: `${path}[${index}]`, tolerance }),
    );
  }
  if (isRecord(expected) && isRecord(actual))
    return recordDifferences(expected, actual, { path, tolerance });
  return Object.is(expected, actual) ? [] : [report(path, expected, actual)];
}

function recordDifferences(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  { path, tolerance }: { readonly path: string; readonly tolerance: Tolerance },
): readonly string[] {
  const isShort = shortLists.test(path) || 'traces' in expected;
  const extra = Object.keys(actual).filter((key) => {
    if (key in expected || tolerance.volatile.has(`${path}.${key}`)) return false;
    return !(tolerance.isReduced && (bookkeeping.has(key) || isShort));
  });
  return [
    ...extra.map((key) => `${path}.${key}: not recorded, got ${show(actual[key])}`),
    ...Object.entries(expected).flatMap(([key, value]) =>
      differences(value, actual[key], { path: `${path}.${key}`, tolerance }),
    ),
  ];
}

// The server promises no order in a trace's lists, and none among rows that start together.
function inComparableOrder(list: readonly unknown[], path: string): readonly unknown[] {
  if (/\.(?:observations|scores)$/.test(path))
    return list.toSorted(byKey(({ id, name }) => `${String(name)} ${String(id)}`));
  if (!path.endsWith('.data')) return list;
  return list.toSorted((one, other) => {
    const [first, second] = [startOf(one), startOf(other)];
    return first === undefined || first !== second ? 0 : byKey(({ id }) => String(id))(one, other);
  });
}

function byKey(
  keyOf: (row: Readonly<Record<string, unknown>>) => string,
): (one: unknown, other: unknown) => number {
  const key = (row: unknown): string => (isRecord(row) ? keyOf(row) : String(row));
  return (one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other)));
}

function startOf(row: unknown): unknown {
  return isRecord(row) ? row['startTime'] : undefined;
}

function report(path: string, expected: unknown, actual: unknown): string {
  return `${path}: recorded ${show(expected)}, got ${show(actual)}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
