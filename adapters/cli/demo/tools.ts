import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ReActTool } from '../../../src/index.ts';
import { calculate } from './calculator.ts';
import type { Knowledge } from './knowledge.ts';

const parameters = {
  query: z.strictObject({
    query: z.string().min(1).describe('Words to look for.'),
    limit: z.int().min(1).max(20).default(3).describe('How many sections to return.'),
  }),
  section: z.strictObject({ id: z.string().describe('The id of a hit of search_docs.') }),
  expression: z.strictObject({ expression: z.string().describe('For example (412 + 30) / 200.') }),
  note: z.strictObject({ text: z.string().min(1).describe('The whole note.') }),
  nothing: z.strictObject({}),
} as const;

/** The tools of the demo by name. They check their input and do what they say. */
export interface DocumentTools {
  readonly search_docs: ReActTool;
  readonly read_section: ReActTool;
  readonly calculate: ReActTool;
  readonly wait_for_change: ReActTool;
  readonly publish_note: ReActTool;
}

/** Tools over the documentation in a folder. `notes` is where an approved note would go. */
export function createDocumentTools(
  knowledge: Knowledge,
  { folder, notes }: { readonly folder: string; readonly notes: string[] },
): DocumentTools {
  return {
    search_docs: tool('Finds the sections of the documentation that say most about some words.', {
      schema: parameters.query,
      run: ({ query, limit }) => ({ query, hits: knowledge.search(query, limit) }),
    }),
    read_section: tool('Returns the text of one section.', {
      schema: parameters.section,
      run({ id }) {
        const section = knowledge.read(id);
        if (section === undefined) throw new Error(`There is no section ${JSON.stringify(id)}.`);
        return section;
      },
    }),
    calculate: tool('Calculates with numbers, + - * / % ^ and parentheses. Takes no units.', {
      schema: parameters.expression,
      run: ({ expression }) => ({ expression, value: calculate(expression) }),
    }),
    wait_for_change: tool('Waits until a Markdown file of the documentation folder changes.', {
      schema: parameters.nothing,
      run: (_input, { signal }) => untilChanged(folder, signal),
    }),
    publish_note: {
      ...tool('Publishes a note. A person has to approve it first.', {
        schema: parameters.note,
        run: ({ text }) => ({ published: notes.push(text) }),
      }),
      needsApproval: true,
    },
  };
}

/** A tool whose input is parsed before it runs; the model sees the schema as JSON Schema. */
export function tool<Schema extends z.ZodType>(
  description: string,
  definition: {
    readonly schema: Schema;
    run(input: z.output<Schema>, context: Parameters<ReActTool['run']>[1]): unknown;
  },
): ReActTool {
  const { $schema: _dialect, ...jsonSchema } = z.toJSONSchema(definition.schema, { io: 'input' });
  return {
    description,
    parameters: jsonSchema,
    run(input, context) {
      const parsed = definition.schema.safeParse(input);
      if (!parsed.success) throw new TypeError(z.prettifyError(parsed.error));
      return definition.run(parsed.data, context);
    },
  };
}

const pollIntervalMs = 20;

async function untilChanged(
  folder: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly changed: readonly string[] }> {
  const before = modificationTimes(folder);
  for (;;) {
    await delay(pollIntervalMs, undefined, signal === undefined ? {} : { signal });
    const now = modificationTimes(folder);
    const changed = [...now].filter(([name, time]) => before.get(name) !== time);
    if (changed.length > 0) return { changed: changed.map(([name]) => name) };
  }
}

function modificationTimes(folder: string): ReadonlyMap<string, number> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return new Map(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}
