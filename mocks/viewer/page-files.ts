import { readdirSync, readFileSync } from 'node:fs';

import { icon, page } from './page.ts';
import { styles } from './styles.ts';

/** Something that the page is made of. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** The file at a path of the server; undefined when it is none. Only what is listed here can be asked for. */
export function findPageFile(pathname: string): PageFile | undefined {
  files ??= readFiles();
  return files.get(pathname);
}

let files: ReadonlyMap<string, PageFile> | undefined;

function readFiles(): ReadonlyMap<string, PageFile> {
  const scripts = readdirSync(scriptFolder()).filter((name) => name.endsWith('.js'));
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', text: page }],
    ['/viewer/icon.svg', { type: 'image/svg+xml', text: icon }],
    ['/viewer/styles.css', { type: 'text/css; charset=utf-8', text: styles }],
    ...scripts.map((name): [string, PageFile] => {
      const text = readFileSync(new URL(name, scriptFolder()), 'utf8');
      return [`/viewer/app/${name}`, { type: 'text/javascript; charset=utf-8', text }];
    }),
  ]);
}

// The scripts of the page are compiled on their own: beside this file in the package, in its dist where Node runs the source.
function scriptFolder(): URL {
  const path = import.meta.url.endsWith('.ts') ? '../../dist/mocks/viewer/browser/' : './browser/';
  return new URL(path, import.meta.url);
}
