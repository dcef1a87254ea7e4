import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { blocksOf, codesIn, packageFolder, readPage, readPages, tableBelow } from './markdown.ts';

const commands = readPages()
  .flatMap(blocksOf)
  .filter(({ language }) => ['sh', 'bash', 'shell', 'console'].includes(language))
  .flatMap(({ page, line, code }) =>
    code.split('\n').flatMap((text, index) =>
      text
        .replace(/\s+#.*$/, '')
        .split(/&&|\|/)
        .map((part) => ({ place: `${page}:${line + index}`, text: part.trim() })),
    ),
  )
  .filter(({ text }) => text !== '');

// What a reader has made by then.
const savedFiles = new Set(
  readPages().flatMap(({ text }) =>
    Array.from(text.matchAll(/Save this as `([^`]+)`/g), (match) => match[1]),
  ),
);

const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const program = join(packageFolder, manifest.bin['langfuse-lifecycle']);

// What npm has of its own; everything else is a script of the package.
const ownCommandsOfNpm = new Set(['ci', 'install', 'pack', 'publish']);

function helpOf(...command: readonly string[]): string {
  return execFileSync(process.execPath, [program, ...command, '--help'], { encoding: 'utf8' });
}

// Before some commands stands the value of a variable.
function isKnown(text: string): boolean {
  const [tool, ...words] = text.replace(/^(?:[A-Z_]+=\S+ )+/, '').split(/\s+/);
  switch (tool) {
    case 'npm': {
      const script = words[0] === 'run' ? words[1] : words[0];
      return ownCommandsOfNpm.has(script ?? '') || Object.hasOwn(manifest.scripts, script ?? '');
    }
    case 'npx':
      return words[0] === 'langfuse-lifecycle' ? isKnown(words.join(' ')) : isOwnTool(words);
    case 'langfuse-lifecycle':
      return hasCommand(words);
    case 'node':
      return savedFiles.has(words.join(' '));
    case 'curl':
      return true;
    default:
      return false;
  }
}

/** A tool of the repository, on files that are there. */
function isOwnTool([tool = '', ...words]: readonly string[]): boolean {
  const paths = words.filter((word) => word.includes('/'));
  return (
    Object.hasOwn(manifest.devDependencies, tool) &&
    paths.every((path) => existsSync(join(packageFolder, path)))
  );
}

function hasCommand([command = '', ...rest]: readonly string[]): boolean {
  if (!new RegExp(`^  ${command}\\b`, 'm').test(helpOf())) return false;
  const help = helpOf(command);
  return rest.filter((word) => word.startsWith('--')).every((flag) => help.includes(`${flag} `));
}

describe('a command of the documentation', () => {
  it.each(commands.map(({ place, text }) => [place, text] as const))(
    '%s exists: %s',
    (_place, text) => {
      expect(isKnown(text)).toBe(true);
    },
  );

  it('that does not exist is found', () => {
    const made = [
      'npm run no-such-script',
      'npx langfuse-lifecycle no-such-command',
      'npx langfuse-lifecycle serve --no-such-flag',
      'yarn test',
      'node no-such-file.mjs',
      'npx no-such-tool',
      'npx vitest run test/no-such-folder',
    ];

    expect(made.map(isKnown)).toEqual(made.map(() => false));
  });

  it('with curl is answered by the fake that the command before it serves', async () => {
    const addresses = commands.flatMap(
      ({ text }) => /^curl .*(http:\/\/127\.0\.0\.1:3000[^\s']*)/.exec(text)?.[1] ?? [],
    );
    const fake = createFakeLangfuse();
    const server = await serveFakeLangfuse(fake);
    const { publicKey, secretKey } = fake.options;
    const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;

    const answers = await Promise.all(
      addresses.map((address) =>
        fetch(address.replace('http://127.0.0.1:3000', server.url), { headers: { authorization } }),
      ),
    );
    await server.close();

    expect(answers.map(({ status }) => status)).toEqual(addresses.map(() => 200));
    expect(addresses.length).toBeGreaterThan(0);
  });

  it('is in the reference, each of the program', () => {
    const listed = tableBelow(readPage('docs/reference.md'), 'Commands').flatMap(([command = '']) =>
      codesIn(command).map((code) => code.replace('langfuse-lifecycle ', '')),
    );
    const [, list = ''] = /^Commands:\n([^]*?)\n\n/m.exec(helpOf()) ?? [];
    const known = Array.from(list.matchAll(/^ {2}(\w+)/gm), ([, name = '']) => name);

    expect([...listed, 'help'].toSorted()).toEqual(known.toSorted());
  });

  it('names a program that the build makes', () => {
    expect(existsSync(program)).toBe(true);
  });
});
