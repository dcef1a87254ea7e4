import { afterAll, describe } from 'vitest';

import { installPackage } from './installed-package.ts';
import { describePrograms } from './installed/programs.ts';
import { describeRuntimes } from './installed/runtimes.ts';
import { describeSupplyChain } from './installed/supply-chain.ts';
import { describeTypes } from './installed/types.ts';
import { describeWorkers } from './installed/workers.ts';
import { installTools } from './tools/install.ts';

// One tarball in one empty project for everything that is said of the installed package: to install takes longest.
const project = await installPackage();
const tools = await installTools();
const missing = project.missing ?? tools.missing;
// Where everything of a file is skipped the report shows no names.
if (missing !== undefined) console.warn(`The installed package is not tested: ${missing}.`);

afterAll(() => project.remove());

describe.skipIf(project.missing !== undefined)(
  `the package, installed in an empty project${noteOf(project.missing)}`,
  () => {
    describePrograms(project);
    describeSupplyChain(project);
  },
);

describe.skipIf(missing !== undefined)(`the types of the package${noteOf(missing)}`, () => {
  describeTypes(project, tools);
});

describe.skipIf(missing !== undefined)(`the package elsewhere${noteOf(missing)}`, () => {
  describeRuntimes(project, tools);
  describeWorkers(project, tools);
});

/** For the report: why tests are skipped. */
function noteOf(reason: string | undefined): string {
  return reason === undefined ? '' : ` (not tested: ${reason})`;
}
