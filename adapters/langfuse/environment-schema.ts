import { z } from 'zod';
import { type LangfuseEnvironment, variableDescriptions } from './environment.ts';

const variables = Object.entries(variableDescriptions).map(
  ([name, description]) => [name, z.string().optional().describe(description)] as const,
);

/** The variables that are read, as a schema with their descriptions. Unknown variables are left out. */
export const environmentSchema: z.ZodType<LangfuseEnvironment> = z.object(
  Object.fromEntries(variables),
);
