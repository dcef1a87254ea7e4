import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type * as Langfuse from '../../adapters/langfuse/index.ts';
import type * as Main from '../../adapters/index.ts';
import type * as Core from '../../src/index.ts';
import { lifecycleEventSchema as schemaOfSources } from '../../src/index.ts';

// What is built and not the sources, which Vitest would take for the same specifier.
const main = (await import(
  /* @vite-ignore */ import.meta.resolve('langfuse-lifecycle')
)) as typeof Main;
const core = (await import(
  /* @vite-ignore */ import.meta.resolve('langfuse-lifecycle/core')
)) as typeof Core;
const langfuse = (await import(
  /* @vite-ignore */ import.meta.resolve('langfuse-lifecycle/langfuse')
)) as typeof Langfuse;

const event = { type: 'run-start', runId: 'run', name: 'agent', timestamp: 1 } as const;

describe('the entries together', () => {
  it('have one of each class', () => {
    expect(main.ConfigError).toBe(core.ConfigError);
    expect(main.MaxIterationsError).toBe(core.MaxIterationsError);
    expect(() => langfuse.langfuse({ wire: 'smoke-signals' as 'otlp' })).toThrow(core.ConfigError);
  });

  it('have one current run and one default lifecycle', async () => {
    const sink = core.memorySink();
    const lifecycle = core.createLifecycle({ sink, interruption: false });
    onTestFinished(async () => void (await lifecycle.shutdown()));
    class Answer extends main.Module<string, string> {
      override forward(question: string): string {
        return `${question}: ${main.adapterPort(lifecycle).current()?.runId}`;
      }
    }

    const answer = new Answer().call('which run');
    await lifecycle.flush();

    expect(answer).toBe(`which run: ${sink.parents[0]?.runId}`);
  });
});

describe('the schema of events, which is evaluated at its first use,', () => {
  const { lifecycleEventSchema } = main;

  it('is the same from both entries', () => {
    expect(lifecycleEventSchema).toBe(core.lifecycleEventSchema);
  });

  it('reads and refuses', () => {
    expect(lifecycleEventSchema.parse(event)).toEqual(event);
    expect(lifecycleEventSchema.safeParse({ ...event, name: 5 }).success).toBe(false);
    expect(() => lifecycleEventSchema.parse({})).toThrow(z.ZodError);
  });

  it('is a schema for the zod of the program', () => {
    expect(lifecycleEventSchema).toBeInstanceOf(z.ZodType);
    expect(z.object({ events: z.array(lifecycleEventSchema) }).parse({ events: [event] })).toEqual({
      events: [event],
    });
    expect(lifecycleEventSchema.optional().parse(undefined)).toBeUndefined();
    expect(z.union([z.string(), lifecycleEventSchema]).parse(event)).toEqual(event);
    expect(z.strictObject({ event: lifecycleEventSchema }).safeParse({ event: {} }).success).toBe(
      false,
    );
  });

  it('becomes the JSON Schema that is published', () => {
    const options = { io: 'input', unrepresentable: 'any' } as const;

    expect(z.toJSONSchema(lifecycleEventSchema, options)).toEqual(
      z.toJSONSchema(schemaOfSources, options),
    );
  });

  it('looks like one', () => {
    expect(typeof lifecycleEventSchema).toBe('object');
    expect('safeParse' in lifecycleEventSchema).toBe(true);
    expect(Object.keys(lifecycleEventSchema)).toEqual(
      expect.arrayContaining(Object.keys(schemaOfSources)),
    );
    expect(Object.getOwnPropertyDescriptor(lifecycleEventSchema, '_zod')).toBeDefined();
  });
});
