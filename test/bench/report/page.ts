import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import { contenderIds, labelOf, loadContender } from '../contenders/index.ts';
import type { Extent } from '../figures/figure.ts';
import { contenderVersions } from '../install.ts';
import type { FigureResult } from './evaluation.ts';
import { figureSection, goalsSection, missedSection } from './markdown.ts';

/** Under which circumstances something was measured. */
export interface Circumstances {
  readonly date: string;
  readonly extent: Extent;
  readonly machine: string;
  readonly node: string;
  /** Processes that wanted to run when it began, on average over the minute before. */
  readonly loadAverage: number;
}

export function circumstancesOf(extent: Extent): Circumstances {
  return {
    date: new Date().toISOString().slice(0, 10),
    extent,
    machine: `${cpus().length} cores, ${distribution()}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  };
}

function distribution(): string {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(release)?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

// More than this and somebody else was at work.
const quietLoad = 0.5;

/** The page of the documentation. */
export async function performancePage(
  results: readonly FigureResult[],
  circumstances: Circumstances,
): Promise<string> {
  return [
    '# Performance',
    '',
    opening(circumstances),
    '',
    '## Goals',
    '',
    'What is not reached stays in the table.',
    '',
    goalsSection(results),
    '',
    ...missedSection(results),
    '## How to read the tables',
    '',
    reading,
    '',
    ...results.flatMap((result) => [figureSection(result), '']),
    '## What each one does',
    '',
    await contendersTable(),
    '',
    howMeasured,
    '',
  ].join('\n');
}

const commands: Readonly<Record<Extent, string>> = {
  quick: 'npm run bench -- --quick --write',
  full: 'npm run bench',
  long: 'npm run bench -- --long',
};

function opening({ date, extent, machine, node, loadAverage }: Circumstances): string {
  const command = commands[extent];
  const rough =
    extent === 'quick'
      ? ['', '**A quick run**: short and one round of most figures. It shows orders of magnitude.']
      : [];
  const noise =
    loadAverage > quietLoad
      ? [
          '',
          `**The machine was not quiet**: its load average was ${loadAverage.toFixed(1)} when this began. Other programs ran beside the benchmark, so that absolute times and their spread are larger than on a machine of its own; ratios suffer less, since the contenders take turns.`,
        ]
      : [];
  return [
    '```sh',
    'npm run bench              # installs the contenders once, measures for twelve minutes, writes this page',
    'npm run bench -- steady    # one figure',
    'npm run bench -- --quick   # everything, roughly; with --write it writes the page too',
    'npm run bench -- --long    # more rounds, and a million runs',
    '```',
    '',
    `Written by \`${command}\` on ${date}: ${machine}, Node.js ${node}.`,
    ...rough,
    ...noise,
  ].join('\n');
}

const reading = `A cell is the median of the rounds, in brackets the least and the most, then the multiple of what @langfuse/otel needs.
✓ and ✗ say whether the goals of that cell are met. † is what comes on top of the same program without tracing, whose own row shows
what was taken off.`;

async function contendersTable(): Promise<string> {
  const lines = await Promise.all(
    contenderIds.map(async (id) => {
      const { does, doesNot } = await loadContender(id);
      return `| ${labelOf(id)} | ${does} | ${doesNot} |`;
    }),
  );
  return [
    'Only ours looks for secrets in what it records: none of the others redacts unless you write the function.',
    '',
    '| | does | does not |',
    '|---|---|---|',
    ...lines,
    '',
    `Versions: ${contenderVersions().join(', ')}. Settings are the packages' own.`,
  ].join('\n');
}

const howMeasured = `## How it is measured

- The work is one run: a parent and 10 children, 4 generations and 6 tools, each with about 2 KB of input and 1 KB of output, made from a
  seed before the clock starts. Its texts shrink under gzip as English prose does (2.1 times when they stand alone), and no two runs share one
  but for the system prompt. Within a run they come again as in any agent: model and tools are given the conversation each time, a search finds
  some of the same rows, an answer quotes them. That makes about 3.4 KB of gzip a run in the form of @langfuse/otel. Between 200 and 600 different runs
  are at hand and used in turn where more are needed.
- Every contender gets the same calls: start a run, start and end each step, end the run, by the handles of its own API.
- Each measurement is a process of its own, the contenders in turns: A B C, A B C.
- They send to a server on the loopback interface, in another process, which answers as the real ones do (200, 207), takes 4.5 MB a request
  as Langfuse does, and reads what it got only when the measurement is over. A parent or child has arrived when its output has.
- CPU is that of the process, with the threads that compress. The server's is in no figure, but it runs on the same machine.
- Gzip is what level 6 makes of each request; a request that came compressed counts as it came. Nobody but ours and LangSmith compresses
  unless told to: compare their CPU with our row without compression, and their KB a run with our row with it.
- Ours is what is published (\`dist\`), built right before.`;
