import { systemClock } from '../../src/clock.ts';
import type { LifecycleEvent } from '../../src/index.ts';
import { createJournal } from '../../src/journal.ts';

// Journals runs until it is killed, and says on standard output what has to be on disk by then.
const [directory = ''] = process.argv.slice(2);
const journal = createJournal({
  directory,
  clock: systemClock,
  diagnose: ({ message }) => process.stderr.write(`${message}\n`),
  isHandedOver: () => false,
  limits: { segmentBytes: 20_000 },
});

function note(event: LifecycleEvent): void {
  journal.note({ event, size: 500 });
}

let runs = 0;

function oneMore(): void {
  runs += 1;
  const runId = `r${runs}`;
  const isSettled = runs % 2 === 0;
  const timestamp = Date.now();
  process.stdout.write(`telling ${runId}\n`);
  note({ type: 'run-start', runId, timestamp, name: `agent ${runId}`, input: 'x'.repeat(400) });
  note({ type: 'step-start', runId, stepId: 's1', timestamp, name: 'search' });
  if (isSettled) {
    note({ type: 'step-end', runId, stepId: 's1', timestamp });
    note({ type: 'run-end', runId, timestamp, status: 'completed', output: 'done' });
  }
  void journal.flush().then(() => process.stdout.write(`begun ${runId}\n`));
  if (!isSettled) return;
  setImmediate(() => {
    journal.settled([{ runId }, { runId, stepId: 's1' }]);
    void journal.flush().then(() => process.stdout.write(`settled ${runId}\n`));
  });
}

setInterval(() => {
  for (let index = 0; index < 5; index += 1) oneMore();
}, 5);
