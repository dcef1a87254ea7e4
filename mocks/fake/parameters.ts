import { z } from 'zod';
import { InvalidParameters } from './answers.ts';
import type { Filter } from './filters.ts';
import type { RequestUrl } from './request-url.ts';

/** The parameters of a read. Throws InvalidParameters, or InvalidRequest where the schema does. */
export function parametersOf<Parameters>(
  schema: z.ZodType<Parameters>,
  { query }: RequestUrl,
): Parameters {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new InvalidParameters(parsed.error.issues);
}

/** A parameter that is text. */
export const text: z.ZodType<string | null | undefined> = z.string().nullish();

/** A parameter that is repeated, or has commas. */
export const texts: z.ZodType<readonly string[] | null | undefined> = z
  .union([z.array(z.string()), z.string()])
  .nullish()
  .transform((value) => (typeof value === 'string' ? value.split(',') : value));

/** As `text` and `texts` in the v1 lists, where an empty one is as good as none. */
export const filledText: typeof text = text.transform((value) => value || undefined);
export const filledTexts: typeof texts = z.preprocess((value) => value || undefined, texts);

/** The level of an observation. */
export const level: z.ZodType<string | null | undefined> = z
  .enum(['DEBUG', 'DEFAULT', 'WARNING', 'ERROR'])
  .nullish();

/** Filters for the parameters that are columns of the same name: each is the text that was asked for. */
export function textFilters<Column extends string>(
  parameters: Readonly<Partial<Record<Column, string | null | undefined>>>,
  columns: readonly Column[],
): readonly Filter[] {
  return columns.flatMap((column): readonly Filter[] => {
    const value = parameters[column];
    if (value === undefined || value === null) return [];
    return [{ type: 'string', column, operator: '=', value }];
  });
}

/** A filter for the environments that were asked for. */
export function environmentFilters(
  environments: readonly string[] | null | undefined,
): readonly Filter[] {
  if (environments === undefined || environments === null) return [];
  const value = [...environments];
  return [{ type: 'stringOptions', column: 'environment', operator: 'any of', value }];
}

/** The two ends of a time window as filters: from inclusive, to exclusive; an absent end is open. */
export function windowFilters(
  column: string,
  {
    from,
    to,
  }: { readonly from: string | null | undefined; readonly to: string | null | undefined },
): readonly Filter[] {
  const ends = [
    ['>=', from],
    ['<', to],
  ] as const;
  return ends.flatMap(([operator, time]) =>
    time ? [{ type: 'datetime', column, operator, value: new Date(time) }] : [],
  );
}
