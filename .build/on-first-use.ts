import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, resolve } from 'node:path';
import type { Plugin } from 'rolldown';

const suffix = '?on-first-use';
const required = '?required';
// By a name, because a path on this machine would be seen in the source maps.
const objectOnFirstUse = '#object-on-first-use';
const objectOnFirstUseFile = resolve('.build/object-on-first-use.ts');

/** What a module exports, as far as it can be put off: what is called, and what is asked for properties. */
interface Exports {
  readonly functions?: readonly string[];
  readonly objects?: readonly string[];
}

/**
 * Puts off the evaluation of modules to the first use of something that they export: `import` binds to stand-ins.
 *
 * What `import defer` will do (https://github.com/tc39/proposal-defer-import-eval), for which neither Node.js 20 nor 24
 * is ready. Modules of ours have to be free of side effects, with all that only they import.
 */
export function onFirstUse(modules: Readonly<Record<string, Exports>>): Plugin {
  const files = new Map(
    // As the bundler names them, which follows links to packages that are installed elsewhere.
    Object.entries(modules).map(([file, found]) => [realpathSync(file), found]),
  );
  return {
    name: 'on-first-use',
    async resolveId(source, importer, { kind }) {
      if (source === objectOnFirstUse) return objectOnFirstUseFile;
      if (kind !== 'import-statement' || importer?.endsWith(suffix) === true) return undefined;
      const found = await this.resolve(source, importer, { skipSelf: true });
      return found !== null && files.has(found.id) ? `${found.id}${suffix}` : undefined;
    },
    load(id) {
      const file = id.slice(0, -suffix.length);
      const found = id.endsWith(suffix) ? files.get(file) : undefined;
      // `require` makes the bundler wrap the module into a function.
      return found && standIns(`require(${JSON.stringify(`./${basename(file)}`)})`, found);
    },
  };
}

/**
 * The same for modules of Node.js. An import statement loads a module while the program starts, and asks it for all of its
 * exports, those too that it makes only when asked: `node:http` then loads all of `fetch`.
 */
export function builtinsOnFirstUse(names: readonly string[]): Plugin {
  return {
    name: 'builtins-on-first-use',
    resolveId(source, _importer, { kind }) {
      if (source === objectOnFirstUse) return objectOnFirstUseFile;
      const name = source.startsWith('node:') ? source : `node:${source}`;
      if (kind === 'require-call' && isBuiltin(name)) return `${name}${required}`;
      return names.includes(name) ? `${name}${suffix}` : undefined;
    },
    load(id) {
      const [name = '', how] = id.split('?');
      const load = `process.getBuiltinModule(${JSON.stringify(name)})`;
      switch (how && `?${how}`) {
        // A `require` that stays one needs a `require`, which an ES module has only from `node:module`.
        case required:
          return { code: `module.exports = ${load};`, moduleType: 'js' };
        case suffix:
          return isBuiltin(name) ? standIns(load, exportsOf(name)) : undefined;
        default:
          return undefined;
      }
    },
  };
}

// Classes are left out: whoever imports one of these modules for a class hears of it from the bundler.
function exportsOf(name: string): Exports {
  const found = Object.entries(process.getBuiltinModule(name) ?? {}).filter(([key]) =>
    /^[a-z]\w*$/.test(key),
  );
  const namesOf = (type: string): readonly string[] =>
    found.filter(([, value]) => typeof value === type && value !== null).map(([key]) => key);
  return { functions: namesOf('function'), objects: namesOf('object') };
}

function standIns(load: string, { functions = [], objects = [] }: Exports): string {
  return [
    ...(objects.length > 0
      ? [`import { objectOnFirstUse } from ${JSON.stringify(objectOnFirstUse)};`]
      : []),
    'let loaded;',
    `const load = () => (loaded ??= ${load});`,
    ...functions.map((name) => `export const ${name} = (...args) => load().${name}(...args);`),
    ...objects.map(
      (name) => `export const ${name} = /* @__PURE__ */ objectOnFirstUse(() => load().${name});`,
    ),
  ].join('\n');
}
