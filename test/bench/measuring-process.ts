import type { CollectorCommand, CollectorReport } from './collector/collector.ts';
import { type ContenderId, loadContender } from './contenders/index.ts';
import type { Extent, Sample } from './figures/figure.ts';
import { figures } from './figures/index.ts';

/** What a measuring process is told by its arguments, as JSON. */
export interface Assignment {
  readonly figure: string;
  readonly contender: ContenderId;
  readonly extent: Extent;
  /** The address of its collector. */
  readonly url: string;
}

/** What a measuring process says. */
export type MeasuringMessage =
  | { readonly type: 'tell'; readonly command: CollectorCommand }
  | { readonly type: 'sample'; readonly sample: Sample };

function say(message: MeasuringMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

function tell(command: CollectorCommand): Promise<CollectorReport> {
  return new Promise((resolve) => {
    process.once('message', (report) => resolve(report as CollectorReport));
    void say({ type: 'tell', command });
  });
}

const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
const figure = figures.find(({ name }) => name === assignment.figure);
if (figure === undefined) throw new Error(`No figure is called ${assignment.figure}.`);
const contender = await loadContender(assignment.contender);
const { url } = assignment;
const target = { url, publicKey: 'pk-lf-bench', secretKey: 'sk-lf-bench' };
const { contender: contenderId, extent } = assignment;
const sample = await figure.measure({ contender, contenderId, target, tell }, extent);
await say({ type: 'sample', sample });
process.exit();
