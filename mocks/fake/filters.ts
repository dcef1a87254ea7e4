import { z } from 'zod';
import { InvalidRequest } from './answers.ts';

/** One condition of the `filter` parameter. */
export type Filter =
  | FilterOf<'datetime', Exclude<Comparison, '='>, Date>
  | FilterOf<'string', TextOperator, string>
  | FilterOf<'number', Comparison, number>
  | FilterOf<'stringOptions', 'any of' | 'none of', string[]>
  | (FilterOf<'categoryOptions', 'any of' | 'none of', string[]> & Keyed)
  | FilterOf<'arrayOptions', 'any of' | 'none of' | 'all of', string[]>
  | (FilterOf<'stringObject', TextOperator, string> & Keyed)
  | (FilterOf<'numberObject', Comparison, number> & Keyed)
  | FilterOf<'boolean', '=' | '<>', boolean>
  | FilterOf<'null', 'is null' | 'is not null', ''>;

interface FilterOf<Type extends string, Operator extends string, Value> {
  readonly type: Type;
  readonly column: string;
  readonly operator: Operator;
  readonly value: Value;
}

interface Keyed {
  readonly key: string;
}

type Comparison = '=' | '>' | '<' | '>=' | '<=';

type TextOperator = '=' | 'contains' | 'does not contain' | 'starts with' | 'ends with' | 'matches';

const comparisons = ['=', '>', '<', '>=', '<='] as const;
const textOperators = z.union([
  z.enum(['=', 'contains', 'does not contain', 'starts with', 'ends with']),
  z.literal('matches'),
]);
const column = z.string();
const list = z.array(z.string());
const anyOrNone = z.enum(['any of', 'none of']);

const filterSchema = z.discriminatedUnion('type', [
  z.object({
    column,
    operator: z.enum(['>', '<', '>=', '<=']),
    value: z.coerce.date(),
    type: z.literal('datetime'),
  }),
  z.object({ column, operator: textOperators, value: z.string(), type: z.literal('string') }),
  z.object({ column, operator: z.enum(comparisons), value: z.number(), type: z.literal('number') }),
  z.object({ column, operator: anyOrNone, value: list, type: z.literal('stringOptions') }),
  z.object({
    type: z.literal('categoryOptions'),
    column,
    key: z.string(),
    operator: anyOrNone,
    value: list,
  }),
  z.object({
    column,
    operator: z.enum(['any of', 'none of', 'all of']),
    value: list,
    type: z.literal('arrayOptions'),
  }),
  z.object({
    type: z.literal('stringObject'),
    column,
    key: z.string(),
    operator: textOperators,
    value: z.string(),
  }),
  z.object({
    type: z.literal('numberObject'),
    column,
    key: z.string(),
    operator: z.enum(comparisons),
    value: z.number(),
  }),
  z.object({
    type: z.literal('boolean'),
    column,
    operator: z.enum(['=', '<>']),
    value: z.boolean(),
  }),
  z.object({
    type: z.literal('null'),
    column,
    operator: z.enum(['is null', 'is not null']),
    value: z.literal(''),
  }),
]);

/** The filters of a query object. */
export const filterListSchema: z.ZodType<readonly Filter[]> = z.array(filterSchema);

/** The `filter` query parameter: a JSON list as text. Throws InvalidRequest on text that is no JSON. */
export const filterParameter: z.ZodType<readonly Filter[] | undefined> = z
  .string()
  .optional()
  .transform((text) => {
    if (!text) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new InvalidRequest('Invalid JSON in filter parameter');
    }
  })
  .pipe(filterListSchema.optional());

/** What kind of value a column holds, which decides about the filter types that fit. */
export type ColumnType =
  | 'string'
  | 'stringOptions'
  | 'datetime'
  | 'number'
  | 'boolean'
  | 'arrayOptions'
  | 'stringObject';

/** A column that can be filtered by, and how to read it from a row. */
export interface FilterColumn<Row> {
  readonly type: ColumnType;
  readonly read: (row: Row) => unknown;
  /** For text columns in which empty counts as null. */
  readonly emptyIsNull?: true;
}

/** The columns of a table by id. */
export type FilterColumns<Row> = Readonly<Record<string, FilterColumn<Row>>>;

const fitting: Readonly<Record<ColumnType, readonly Filter['type'][]>> = {
  string: ['string', 'stringOptions'],
  stringOptions: ['string', 'stringOptions'],
  datetime: ['datetime'],
  number: ['number'],
  boolean: ['boolean'],
  arrayOptions: ['arrayOptions', 'stringOptions'],
  stringObject: ['stringObject'],
};

/** The rows that meet all filters. Throws InvalidRequest for an unknown column or a type that does not fit. */
export function applyFilters<Row>(
  rows: readonly Row[],
  {
    filters,
    columns,
  }: { readonly filters: readonly Filter[]; readonly columns: FilterColumns<Row> },
): readonly Row[] {
  const tests = filters.map((filter) => {
    const found = Object.hasOwn(columns, filter.column) ? columns[filter.column] : undefined;
    if (found === undefined) {
      throw new InvalidRequest(`Column ${filter.column} does not match a UI / CH table mapping.`);
    }
    if (filter.type !== 'null' && !fitting[found.type].includes(filter.type)) {
      throw new InvalidRequest(
        `Invalid filter type '${filter.type}' for column '${filter.column}'. Expected filter type '${found.type}'.`,
      );
    }
    return (row: Row): boolean =>
      meets(filter, { value: found.read(row), emptyIsNull: found.emptyIsNull === true });
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

interface Cell {
  readonly value: unknown;
  readonly emptyIsNull: boolean;
}

function meets(filter: Filter, { value, emptyIsNull }: Cell): boolean {
  switch (filter.type) {
    case 'datetime':
      return typeof value === 'number' && compares(value, filter.operator, filter.value.getTime());
    case 'string':
      return textMeets(value, filter);
    case 'number':
      return typeof value === 'number' && compares(value, filter.operator, filter.value);
    case 'stringOptions':
    case 'arrayOptions':
      return listMeets(value, filter);
    case 'stringObject':
      return textMeets((value as Readonly<Record<string, unknown>>)[filter.key], filter);
    case 'boolean':
      return (value === filter.value) === (filter.operator === '=');
    case 'null':
      return (value === null || (emptyIsNull && value === '')) === (filter.operator === 'is null');
    case 'categoryOptions':
    case 'numberObject':
      return false;
    default:
      return filter satisfies never;
  }
}

function compares(value: number, operator: (typeof comparisons)[number], other: number): boolean {
  switch (operator) {
    case '=':
      return value === other;
    case '>':
      return value > other;
    case '<':
      return value < other;
    case '>=':
      return value >= other;
    case '<=':
      return value <= other;
    default:
      return operator satisfies never;
  }
}

function textMeets(
  value: unknown,
  filter: { readonly operator: z.infer<typeof textOperators>; readonly value: string },
): boolean {
  if (typeof value !== 'string') return false;
  const { operator, value: wanted } = filter;
  switch (operator) {
    case '=':
      return value === wanted;
    case 'contains':
      return value.includes(wanted);
    case 'does not contain':
      return !value.includes(wanted);
    case 'starts with':
      return value.startsWith(wanted);
    case 'ends with':
      return value.endsWith(wanted);
    case 'matches':
      return value.toLowerCase().includes(wanted.toLowerCase());
    default:
      return operator satisfies never;
  }
}

function listMeets(
  value: unknown,
  filter: { readonly operator: 'any of' | 'none of' | 'all of'; readonly value: readonly string[] },
): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const { operator, value: wanted } = filter;
  switch (operator) {
    case 'any of':
      return wanted.some((item) => values.includes(item));
    case 'none of':
      return !wanted.some((item) => values.includes(item));
    case 'all of':
      return wanted.every((item) => values.includes(item));
    default:
      return operator satisfies never;
  }
}
