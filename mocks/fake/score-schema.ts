import { z } from 'zod';
import { normalizeEnvironment } from './environment-name.ts';

const optionalText = z.string().nullish();

const common = {
  id: z
    .string()
    .min(1)
    .max(800)
    .refine((id) => !id.includes('\r'), {
      message: 'ID cannot contain carriage return characters',
    })
    .nullish(),
  name: z.string().min(1),
  traceId: optionalText,
  sessionId: optionalText,
  datasetRunId: optionalText,
  environment: z.unknown().optional().transform(normalizeEnvironment),
  observationId: optionalText,
  comment: optionalText,
  metadata: z.unknown().optional(),
  source: z.enum(['API', 'EVAL', 'ANNOTATION']).default('API'),
  configId: optionalText,
};

const flagMessage = 'Value must be a number equal to either 0 or 1 for data type BOOLEAN';

const values = {
  NUMERIC: z.number(),
  CATEGORICAL: z.string(),
  BOOLEAN: z.number().refine((value) => value === 0 || value === 1, { message: flagMessage }),
  TEXT: z.string(),
  UNKNOWN: z.union([z.string(), z.number()]),
} as const;

/** A score as it is stored and shown. */
export interface ScoreBody {
  readonly id?: string | null | undefined;
  readonly name: string;
  readonly value: string | number;
  readonly dataType?: string | undefined;
  readonly traceId?: string | null | undefined;
  readonly sessionId?: string | null | undefined;
  readonly datasetRunId?: string | null | undefined;
  readonly observationId?: string | null | undefined;
  readonly environment: string;
  readonly comment?: string | null | undefined;
  readonly metadata?: unknown;
  readonly source: string;
  readonly configId?: string | null | undefined;
}

/** The schema for a score of that `dataType`; undefined for a type that there is not. */
export function scoreBodySchema(dataType: unknown): z.ZodType<ScoreBody> | undefined {
  if (dataType === undefined) return withReference(z.object({ ...common, value: values.UNKNOWN }));
  if (typeof dataType !== 'string' || dataType === 'UNKNOWN' || !(dataType in values))
    return undefined;
  const value = values[dataType as keyof typeof values];
  return withReference(z.object({ ...common, value, dataType: z.literal(dataType) }));
}

const referenceMessage =
  'Provide exactly one of the following: traceId (with optional observationId), sessionId or datasetRunId. ObservationId requires traceId.';

function withReference(schema: z.ZodType<ScoreBody>): z.ZodType<ScoreBody> {
  return schema.refine(
    (score) => {
      const references = [score.traceId, score.sessionId, score.datasetRunId].filter(Boolean);
      return references.length === 1 && (!score.observationId || Boolean(score.traceId));
    },
    {
      message: referenceMessage,
      path: ['traceId', 'sessionId', 'datasetRunId', 'observationId'],
    },
  );
}
