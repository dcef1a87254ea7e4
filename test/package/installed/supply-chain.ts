import { expect, it } from 'vitest';

import type { EmptyProject } from '../installed-package.ts';
import { manifest } from '../manifest.ts';
import { npm, networkErrors } from '../npm.ts';

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly license: { readonly id?: string } }[];
}

const permissive: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
]);

/** What is known of the packages that come with ours. */
export function describeSupplyChain({ folder, packages }: EmptyProject): void {
  it('npm makes a bill of materials of it, and every licence in that is permissive', async () => {
    const args = ['sbom', '--sbom-format=cyclonedx', '--omit=dev'];
    const { stdout, stderr } = await npm(args, { folder });
    const { components } = JSON.parse(stdout) as { readonly components: readonly Component[] };

    expect(components.map(nameOf).toSorted(), stderr).toEqual(
      [...packages, manifest.name].toSorted(),
    );
    expect(components.filter((component) => !isPermissive(component))).toEqual([]);
  });

  it('npm knows no vulnerability of it', async ({ skip }) => {
    const { stdout, stderr } = await npm(['audit', '--omit=dev', '--json'], { folder });
    const why = reasonWithoutAudit(stdout, stderr);
    skip(why !== undefined, why);

    expect(JSON.parse(stdout), stderr).toMatchObject({ vulnerabilities: {} });
  });
}

function nameOf({ group, name }: Component): string {
  return group === undefined ? name : `${group}/${name}`;
}

function isPermissive({ licenses = [] }: Component): boolean {
  return licenses.length > 0 && licenses.every(({ license }) => permissive.has(license.id ?? ''));
}

/** Why the registry gave no verdict: it is away, or it is a mirror that has none. */
function reasonWithoutAudit(stdout: string, stderr: string): string | undefined {
  const mirror = /\b4\d\d [A-Z][\w ]+ - POST \S*\/security\/\S+/.exec(stdout + stderr)?.[0];
  if (mirror !== undefined) return `the registry has no audit: ${mirror}`;
  const code = networkErrors.exec(stdout + stderr)?.[0];
  return code === undefined ? undefined : `the npm registry is not reachable: ${code}`;
}
