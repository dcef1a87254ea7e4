import { describe, expect, it } from 'vitest';

import { entries, readEntry } from './manifest.ts';

interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const modules = entries.filter((entry) => !entry.endsWith('.json'));

/** What a declaration file exports by name; `export *` would hide it, and is refused. */
function namesIn(declarations: string): Names {
  if (/^export \*/m.test(declarations))
    throw new Error('An entry lists its exports by name; found "export *".');
  const values = new Set<string>();
  const types = new Set<string>();
  for (const [, kind, name = ''] of declarations.matchAll(
    /^export (?:declare )?(?:abstract )?(function|const|class|interface|type) (\w+)/gm,
  )) {
    (kind === 'interface' || kind === 'type' ? types : values).add(name);
  }
  for (const [, type, list = ''] of declarations.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')) {
      const name = item.replace(/^type /, '').replace(/.* as /, '');
      (type !== undefined || item.startsWith('type ') ? types : values).add(name);
    }
  }
  return { values: [...values].toSorted(), types: [...types].toSorted() };
}

function surfaceOf(entry: string): Names {
  return namesIn(readEntry(entry, 'types'));
}

function toText(entry: string): string {
  const { values, types } = surfaceOf(entry);
  return [
    entry,
    ...values.map((name) => `  ${name}`),
    ...types.map((name) => `  type ${name}`),
  ].join('\n');
}

describe('the public surface', () => {
  it('is what the checked-in list says', async () => {
    await expect(`${modules.map(toText).join('\n\n')}\n`).toMatchFileSnapshot('surface.txt');
  });

  it.each([
    [
      'langfuse-lifecycle',
      ['createLifecycle', 'Module', 'ReAct', 'MaxIterationsError', 'memorySink', 'consoleSink'],
    ],
    [
      'langfuse-lifecycle/core',
      ['createLifecycle', 'Module', 'ReAct', 'MaxIterationsError', 'memorySink', 'consoleSink'],
    ],
    ['langfuse-lifecycle/langfuse', ['langfuse', 'langfuseIngestion', 'langfuseOtlp']],
    ['langfuse-lifecycle/mocks', ['createFakeLangfuse', 'langfuseHandlers', 'missingFromParent']],
    ['langfuse-lifecycle/mocks/node', ['mockLangfuse', 'serveFakeLangfuse']],
  ])('of %s holds what people build on', (entry, names) => {
    expect(surfaceOf(entry).values).toEqual(expect.arrayContaining(names));
  });

  it('of the main entry holds everything that the core does', () => {
    const core = surfaceOf('langfuse-lifecycle/core');
    const main = surfaceOf('langfuse-lifecycle');

    expect(main.values).toEqual(expect.arrayContaining([...core.values]));
    expect(main.types).toEqual(expect.arrayContaining([...core.types]));
  });

  it('is the same at run time as in the declarations', async () => {
    const loaded = await Promise.all(
      modules.map((entry) => import(/* @vite-ignore */ import.meta.resolve(entry))),
    );

    expect(loaded.map((module) => Object.keys(module).toSorted())).toEqual(
      modules.map((entry) => surfaceOf(entry).values),
    );
  });
});
