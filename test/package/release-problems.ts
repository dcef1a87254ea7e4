/** What there is to release. */
export interface ReleaseFacts {
  /** `package.json`. */
  readonly manifest: {
    readonly version: string;
    readonly repository?: unknown;
    readonly bugs?: unknown;
    readonly homepage?: unknown;
  };
  /** `CHANGELOG.md`. */
  readonly changelog: string;
  /** The lines of `git status --porcelain`. */
  readonly uncommitted: readonly string[];
  /** The tags of the commit. */
  readonly tags: readonly string[];
}

/** Why this must not be published yet, a sentence each with what to do; empty when it may be. */
export function releaseProblems(facts: ReleaseFacts): readonly string[] {
  const { manifest, changelog, uncommitted, tags } = facts;
  const tag = `v${manifest.version}`;
  return [
    ...uncommitted.map(
      (line) => `Not committed: ${line}. What is published has to be in the repository.`,
    ),
    ...(tags.includes(tag) ? [] : [`The commit has no tag ${tag}. Tag it.`]),
    ...changelogProblems(changelog, manifest.version),
    // npm compares it with the repository whose workflow publishes, and refuses what does not match.
    ...(['repository', 'bugs', 'homepage'] as const)
      .filter((field) => manifest[field] === undefined)
      .map((field) => `package.json has no "${field}". Fill it in: see docs/contributing.md.`),
  ];
}

function changelogProblems(changelog: string, version: string): readonly string[] {
  const sections = new Map(
    changelog.split(/^## /m).map((text) => {
      const [heading = '', ...lines] = text.split('\n');
      return [heading.trim(), lines.join('\n').trim()];
    }),
  );
  const heading = [...sections.keys()].find((name) => name.startsWith(`[${version}] - `));
  const isDated = /\] - \d{4}-\d{2}-\d{2}$/.test(heading ?? '');
  const unreleased = sections.get('[Unreleased]') ?? '';
  return [
    ...(isDated && sections.get(heading ?? '') !== ''
      ? []
      : [`CHANGELOG.md says nothing below "## [${version}] - " and a date. Write it.`]),
    ...(unreleased === ''
      ? []
      : ['CHANGELOG.md has changes below "## [Unreleased]". Move them below the version.']),
  ];
}
