import { readFileSync } from 'node:fs';
import type { Plugin } from 'rolldown';
import { minifySync } from 'rolldown/utils';

import { inOneFunction } from './one-function.ts';

/** Packages that become part of ours. */
interface BuiltIn {
  readonly packages: readonly string[];
  /** Files that hold nothing of our own: short, and without a source map, because nobody looks for a fault of ours there. */
  readonly minified: readonly string[];
}

/** Ships the licenses of what is built in, and the packages' own code as short as it can be. */
export function builtIn({ packages, minified }: BuiltIn): Plugin {
  return {
    name: 'built-in',
    generateBundle(_options, bundle) {
      const licenses = packages.map((name) => {
        const { version } = JSON.parse(
          readFileSync(`node_modules/${name}/package.json`, 'utf8'),
        ) as {
          readonly version: string;
        };
        const license = readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim();
        return `${name} ${version}\n\n${license}\n`;
      });
      this.emitFile({
        type: 'asset',
        fileName: 'built-in-licenses.txt',
        source: licenses.join('\n---\n\n'),
      });
      for (const fileName of minified) {
        const file = bundle[fileName];
        if (file?.type !== 'chunk') throw new Error(`${fileName} was not built.`);
        file.code = minifySync(fileName, inOneFunction(fileName, file.code), {
          module: true,
          compress: true,
          mangle: true,
        }).code;
        delete bundle[`${fileName}.map`];
      }
    },
  };
}
