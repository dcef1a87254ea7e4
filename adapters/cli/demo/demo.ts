import type { DeliveryReport } from '../../../src/index.ts';
import { type Row, toCompletenessLines } from './completeness-table.ts';
import type { Paint } from '../terminal/paint.ts';
import { createPlayer, type Played, type PlayerOptions } from './player.ts';
import type { Scenario } from './scenarios.ts';
import type { OpenStage, Stage } from './stage.ts';
import { toTreeLines } from './tree.ts';

/** What the demo runs, where, and how it speaks. */
export interface DemoOptions extends PlayerOptions {
  readonly scenarios: readonly Scenario[];
  readonly stages: readonly OpenStage[];
}

/** What came of it. */
export interface DemoReport {
  /** One for each wire and ending, in the order of running. */
  readonly rows: readonly Row[];
  /** Whether nothing is known to be missing from a parent and every observation was delivered. */
  readonly isComplete: boolean;
}

const lineWidth = 118;

/** Runs every scenario on every stage, one after the other, and prints the traces and what is complete. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { stages, write, paint } = options;
  const plays: Play[] = [];
  for (const open of stages) {
    plays.push(await playStage(await open(), options));
  }
  const rows = plays.flatMap((play) => play.rows);
  const lines = [
    ...toCompletenessLines(rows, paint),
    ...toComplaints(rows, paint),
    toTotal(rows, paint),
  ];
  write(`\n${lines.join('\n')}\n`);
  const isComplete =
    rows.every(({ missing }) => missing.length === 0) &&
    plays.every(({ delivery }) => isWhole(delivery));
  return { rows, isComplete };
}

interface Play {
  readonly rows: readonly Row[];
  readonly delivery: DeliveryReport;
}

async function playStage(stage: Stage, options: DemoOptions): Promise<Play> {
  const { write, paint, scenarios } = options;
  const player = createPlayer(stage, options);
  const rows: Row[] = [];
  write(`\n${paint('bold', stage.wire)}  ${stage.description}\n`);
  try {
    for (const turn of toTurns(scenarios)) {
      const played = await Promise.all(turn.map((scenario) => player.play(scenario)));
      rows.push(...played.map(({ row }) => row));
      for (const one of played) write(toRunText(one, paint));
      if (played.some(isLost)) {
        write(`${paint('red', 'Nothing arrives there; the other runs are left out.')}\n`);
        break;
      }
    }
    const delivery = await player.lifecycle.shutdown({ timeoutMs: 1_000 });
    write(`\n${paint(isWhole(delivery) ? 'dim' : 'red', toDeliveryText(delivery))}\n`);
    return { rows, delivery };
  } finally {
    await stage.close();
  }
}

/** The runs of this process one after the other, then the other processes together: starting those takes the time. */
function toTurns(scenarios: readonly Scenario[]): readonly (readonly Scenario[])[] {
  const own = scenarios.filter(({ place }) => place === 'this process');
  const others = scenarios.filter(({ place }) => place === 'another process');
  return [...own.map((scenario) => [scenario]), others];
}

function isLost({ scenario, row }: Played): boolean {
  return scenario.place === 'this process' && row.found.type === 'nothing';
}

function toRunText({ scenario, row, exit, url }: Played, paint: Paint): string {
  const title = `${paint('bold', scenario.name)}  ${paint('dim', scenario.story)}`;
  const end = exit === undefined ? [] : [paint('dim', `the process ended with ${exit}`)];
  const link = url === undefined ? [] : [paint('cyan', url)];
  const lines = [...toFoundLines({ scenario, row }, paint), ...end, ...link];
  return `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function toFoundLines(
  { scenario, row: { found } }: Pick<Played, 'scenario' | 'row'>,
  paint: Paint,
): readonly string[] {
  switch (found.type) {
    case 'trace':
      return toTreeLines(found.trace, { paint, width: lineWidth - 2 });
    case 'nothing':
      return ['(no trace)'];
    case 'unread':
      return [
        `(written by another process and not read back; its ending should be ${toEndingText(scenario)})`,
      ];
    default:
      return found satisfies never;
  }
}

function toEndingText({ expected }: Scenario): string {
  if (expected === undefined) return 'any';
  const { status, reason, message } = expected;
  return [`${status} (${reason})`, message].filter(Boolean).join(', ');
}

function isWhole({ pending, dropped }: DeliveryReport): boolean {
  return pending === 0 && Object.keys(dropped).length === 0;
}

function toDeliveryText({ delivered, pending, dropped }: DeliveryReport): string {
  const losses = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  const lost = losses.length === 0 ? 'none dropped' : `dropped: ${losses.join(', ')}`;
  return `${delivered} observations delivered by this process, ${pending} pending, ${lost}`;
}

function toComplaints(rows: readonly Row[], paint: Paint): readonly string[] {
  const complaints = rows.flatMap(({ wire, scenario, missing }) =>
    missing.map((sentence) => `${paint('red', '✗')} ${wire}, ${scenario}: ${sentence}`),
  );
  return complaints.length === 0 ? [] : ['', ...complaints];
}

function toTotal(rows: readonly Row[], paint: Paint): string {
  // A process that did not end as it should is a complaint even when its trace was not read.
  const judged = rows.filter(({ found, missing }) => found.type !== 'unread' || missing.length > 0);
  const complete = judged.filter(({ missing }) => missing.length === 0).length;
  const observations = rows.reduce((sum, { found }) => sum + countObservations(found), 0);
  const style = complete === judged.length ? 'green' : 'red';
  const unread = rows.length - judged.length;
  const rest = unread === 0 ? '' : ` ${unread} more to look at by their links.`;
  return `\n${paint(style, `${complete} of ${judged.length} parents complete`)}, ${observations} observations in all.${rest}`;
}

function countObservations(found: Row['found']): number {
  return found.type === 'trace' ? found.trace.observations.length : 0;
}
