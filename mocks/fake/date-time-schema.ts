import { z } from 'zod';

/**
 * The server's zod takes times without seconds, which this package's zod does not, and its pattern stands in the error
 * texts. So the pattern is given here as Langfuse 4.16 answers it.
 */
const pattern =
  /^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-](?:[01]\d|2[0-3]):[0-5]\d)))$/;

const parameters = { offset: true, pattern };

/** ISO 8601 with `Z` or an offset, as ingestion and reads take it; a date alone is refused. */
export const dateTimeSchema: z.ZodType<string> = z.iso.datetime(parameters);
