import { readdirSync, readFileSync } from 'node:fs';

import { icon, page } from './page.ts';
import { styles } from './styles.ts';

/** Something that the page is made of. */
export interface PageFile {
  readonly type: string;
  readonly text: string;
}

/** The files of the page by their path on the server; nothing else can be asked for. Throws when they are not built. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', text: page }],
    ['/viewer/icon.svg', { type: 'image/svg+xml', text: icon }],
    ['/viewer/styles.css', { type: 'text/css; charset=utf-8', text: styles }],
    ...scriptNames().map((name): [string, PageFile] => {
      const text = readFileSync(new URL(name, scriptFolder()), 'utf8');
      return [`/viewer/app/${name}`, { type: 'text/javascript; charset=utf-8', text }];
    }),
  ]);
}

function scriptNames(): readonly string[] {
  try {
    return readdirSync(scriptFolder()).filter((name) => name.endsWith('.js'));
  } catch (error) {
    throw new Error('The scripts of the viewer are not there. Run `npm run build` first.', {
      cause: error,
    });
  }
}

// The scripts of the page are compiled on their own, into a folder of `dist`.
function scriptFolder(): URL {
  const path = import.meta.url.endsWith('.ts')
    ? '../../dist/mocks/viewer/browser/'
    : './mocks/viewer/browser/';
  return new URL(path, import.meta.url);
}
