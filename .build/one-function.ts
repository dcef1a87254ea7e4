import { parseSync } from 'rolldown/utils';

/**
 * Puts a built file into one function, which is called with its first use: for a file of packages that are evaluated then,
 * where everybody calls one of the bundler's `init_` functions before anything else of it.
 *
 * V8 skims a function that is not called. What stands at the top of a module it reads in full, arrow functions with all
 * that is in them.
 */
export function inOneFunction(fileName: string, code: string): string {
  const statements = parseSync(fileName, code).program.body;
  const textOf = ({ start, end }: { readonly start: number; readonly end: number }): string =>
    code.slice(start, end);
  const imports = statements.filter(({ type }) => type === 'ImportDeclaration');
  const exports = statements.filter((one) => one.type === 'ExportNamedDeclaration');
  const body = statements.filter((one) => ![...imports, ...exports].includes(one));
  const exported = exports
    .flatMap(({ specifiers }) => specifiers)
    .map(({ local, exported }) => ({ local: textOf(local), name: textOf(exported) }));
  const starts = exported.filter(({ local }) => local.startsWith('init_'));
  const values = exported.filter((one) => !starts.includes(one));
  return `${imports.map(textOf).join('\n')}
let isStarted = false;
let ${values.map(({ name }) => `exported_${name}`).join(', ')};
function start() {
  if (isStarted) return;
  isStarted = true;
  evaluate();
}
function evaluate() {
  ${body.map(textOf).join('\n')}
  ${starts.map(({ local }) => `${local}();`).join('\n')}
  ${values.map(({ name, local }) => `exported_${name} = ${local};`).join('\n')}
}
export {
  ${starts.map(({ name }) => `start as ${name},`).join('\n')}
  ${values.map(({ name }) => `exported_${name} as ${name},`).join('\n')}
};
`;
}
