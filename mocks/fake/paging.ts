import { z } from 'zod';
import type { JsonRecord } from './json-value.ts';

const number = (schema: z.ZodType<number>): z.ZodType<number> =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);

/** The `page` and `limit` parameters of the v1 lists. */
export const pagingParameters: {
  readonly page: z.ZodType<number>;
  readonly limit: z.ZodType<number>;
} = {
  page: number(z.coerce.number().gt(0).default(1)),
  limit: number(z.coerce.number().gte(1).lte(100).default(50)),
};

/** Where in a list one is. */
export interface Paging {
  readonly page: number;
  readonly limit: number;
}

/** The rows of the page. */
export function pageOf<Row>(rows: readonly Row[], { page, limit }: Paging): readonly Row[] {
  return rows.slice((page - 1) * limit, page * limit);
}

/** The `meta` object of a v1 list. */
export function pagingMeta(totalItems: number, { page, limit }: Paging): JsonRecord {
  return { page, limit, totalItems, totalPages: Math.ceil(totalItems / limit) };
}
