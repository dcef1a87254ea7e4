import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { type ContenderId, contenderIds, labelOf } from './contenders/index.ts';
import type { Extent, Figure } from './figures/figure.ts';
import { figures } from './figures/index.ts';
import { installContenders } from './install.ts';
import { measure } from './measure.ts';
import type { FigureResult, Row } from './report/evaluation.ts';
import { figureSection, goalsSection } from './report/markdown.ts';
import { circumstancesOf, performancePage } from './report/page.ts';

const page = new URL('../../docs/performance.md', import.meta.url);

const usage = `npm run bench -- [figure …] [--quick | --long] [--rounds n] [--only contender,…] [--write]
figures: ${figures.map(({ name }) => name).join(', ')}
contenders: ${contenderIds.join(', ')}
The page is written when everything is measured; after a --quick run only with --write.`;

interface Request {
  readonly figures: readonly Figure[];
  readonly contenders: readonly ContenderId[];
  readonly extent: Extent;
  readonly rounds: number | undefined;
  readonly writesPage: boolean;
}

function readRequest(): Request {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const chosen = figures.filter(({ name }) => positionals.includes(name));
  const only = values.only?.split(',') ?? contenderIds;
  const contenders = contenderIds.filter((id) => only.includes(id));
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const isKnown = chosen.length === positionals.length && contenders.length === only.length;
  if (!isKnown || (rounds !== undefined && !(rounds >= 1))) throw new Error(usage);
  return {
    figures: chosen.length === 0 ? figures : chosen,
    contenders,
    extent: values.quick ? 'quick' : values.long ? 'long' : 'full',
    rounds,
    writesPage: chosen.length === 0 && values.only === undefined && (!values.quick || values.write),
  };
}

interface Turn {
  readonly contender: ContenderId;
  readonly round: number;
}

async function measureFigure(figure: Figure, request: Request): Promise<FigureResult> {
  const { extent } = request;
  const contenders = figure.contenders.filter((id) => request.contenders.includes(id));
  const rounds = request.rounds ?? figure.rounds[extent];
  const turns: Turn[] = Array.from({ length: rounds }, (_none, round) =>
    contenders.map((contender) => ({ contender, round })),
  ).flat();
  const rows = new Map<ContenderId, { samples: Row['samples']; failures: Row['failures'] }>(
    contenders.map((contender) => [contender, { samples: [], failures: [] }]),
  );

  async function takeTurns(): Promise<void> {
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      const { contender, round } = turn;
      console.error(`${figure.name} ${round + 1}/${rounds} ${labelOf(contender)}`);
      const measured = await measure({ figure: figure.name, contender, extent });
      const { samples = [], failures = [] } = rows.get(contender) ?? {};
      rows.set(
        contender,
        measured.type === 'sample'
          ? { samples: [...samples, measured.sample], failures }
          : { samples, failures: [...failures, measured.message] },
      );
    }
  }

  await Promise.all(Array.from({ length: figure.atOnce }, takeTurns));
  return {
    figure,
    rows: Array.from(rows, ([contender, measured]) => ({ contender, ...measured })),
  };
}

async function main(): Promise<void> {
  const request = readRequest();
  installContenders();
  const circumstances = circumstancesOf(request.extent);
  const results: FigureResult[] = [];
  for (const figure of request.figures) {
    const startedAt = performance.now();
    const result = await measureFigure(figure, request);
    console.error(`${figure.name} took ${Math.round((performance.now() - startedAt) / 1_000)} s`);
    results.push(result);
    console.log(`${figureSection(result)}\n`);
  }
  console.log(`## Goals\n\n${goalsSection(results)}`);
  if (!request.writesPage) return;
  writeFileSync(page, await performancePage(results, circumstances));
  console.error('Written: docs/performance.md');
}

await main();
