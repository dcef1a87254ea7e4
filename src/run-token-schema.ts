import { z } from 'zod';
import type { JsonValue } from './json.ts';
import { observationKinds } from './records.ts';
import type { TokenContent } from './run-token.ts';

const json: z.ZodType<JsonValue> = z.json();
const id = z.string().min(1).max(200);
const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const runSchema = z.strictObject({
  runId: id,
  spanId: hex(16),
  parent: z.strictObject({ runId: id, spanId: hex(16), rootRunId: id }).exactOptional(),
  trace: z.strictObject({
    traceId: hex(32),
    name: z.string().min(1).max(1_000),
    conversationId: z.string().max(1_000).exactOptional(),
    userId: z.string().max(1_000).exactOptional(),
    tags: z.array(z.string().max(1_000)).max(50).exactOptional(),
    version: z.string().max(1_000).exactOptional(),
  }),
  kind: z.enum(observationKinds),
  name: z.string().min(1).max(1_000),
  startTime: z.number().nonnegative(),
  start: z.enum(['told', 'synthesised']),
  input: json.exactOptional(),
  output: json.exactOptional(),
  metadata: z.record(z.string(), json),
  conversationSource: z.string().max(200),
  conversationConflict: z.array(z.string().max(200)).max(50),
  size: z.number().nonnegative(),
});

/** What a token may hold, field by field: it went through other hands. */
export const tokenContentSchema: z.ZodType<TokenContent> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), run: runSchema }),
  z.strictObject({ type: z.literal('none'), runId: id, traceId: hex(32) }),
]);
