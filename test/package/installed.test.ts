import { afterAll, describe, it } from 'vitest';

import { installPackage } from './installed-package.ts';
import { describePrograms } from './installed/programs.ts';
import { describeRuntimes } from './installed/runtimes.ts';
import { describeSupplyChain } from './installed/supply-chain.ts';
import { describeTypes } from './installed/types.ts';
import { describeWorkers } from './installed/workers.ts';
import { installTools } from './tools/install.ts';
import type { Unreachable } from './npm.ts';

// One tarball in one empty project for everything that is said of the installed package, whose installing takes longest.
const project = await installPackage();
const tools = await installTools();

afterAll(() => {
  if (project.state === 'installed') project.remove();
});

/** Tests of something that npm installs; without a registry they are skipped, and the report says why. */
function describeInstalled<T extends { readonly state: 'installed' }>(
  name: string,
  made: T | Unreachable,
  suite: (made: T) => void,
): void {
  if (made.state === 'unreachable') {
    describe(name, () => {
      it.skip(`is not tested: ${made.reason}`, () => {});
    });
    return;
  }
  describe(name, () => suite(made));
}

describeInstalled('the package, installed in an empty project', project, (installed) => {
  describePrograms(installed);
  describeSupplyChain(installed);
  describeInstalled('its types', tools, (compilers) => describeTypes(installed, compilers));
  describeInstalled('elsewhere', tools, (runtimes) => {
    describeRuntimes(installed, runtimes);
    describeWorkers(installed, runtimes);
  });
});
