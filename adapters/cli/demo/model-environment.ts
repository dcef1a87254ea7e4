import { z } from 'zod';

/** The variables of the demo's model; its descriptions are the comments of `.env.example`. */
export const modelEnvironmentSchema: z.ZodType<ModelEnvironment> = z.object({
  OPENAI_API_KEY: z
    .string()
    .optional()
    .describe('For the demo only: a real model behind any OpenAI-compatible endpoint answers.'),
  OPENAI_BASE_URL: z
    .string()
    .optional()
    .describe(
      'For the demo only: the address of that endpoint. Default: https://api.openai.com/v1',
    ),
  OPENAI_MODEL: z.string().optional().describe('For the demo only: the model. Default: gpt-5-mini'),
});

/** What the demo reads of the environment. */
export interface ModelEnvironment {
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly OPENAI_MODEL?: string | undefined;
}
