import type { FakeWrite } from '../../../mocks/fake/writes.ts';
import { serveBehind } from '../../../mocks/server.ts';
import { createViewer } from '../../../mocks/viewer/viewer.ts';
import { createWatchedFake } from '../../../mocks/watched-fake.ts';
import { archiveWrites, serveLimits } from '../../../mocks/write-archive.ts';

/** What showing needs of the process. */
export interface ShowSurroundings {
  readonly write: (text: string) => void;
  /** Resolves when the process is asked to stop. */
  readonly untilStopped: () => Promise<void>;
}

/** Serves what the demo's fakes took, of both wires together, on the viewer page until the process is asked to stop. */
export async function showRuns(
  writes: readonly FakeWrite[],
  { write, untilStopped }: ShowSurroundings,
): Promise<void> {
  const host = '127.0.0.1';
  const fake = createWatchedFake({ history: 'none' });
  const archive = archiveWrites(fake, serveLimits);
  for (const one of writes) fake.replay(one);
  const viewer = createViewer({ fake, archive, host });
  const server = await serveBehind(viewer, fake, { host });
  // Before the line: whoever reads it may send the signal at once.
  const stopped = untilStopped();
  write(`\nThe ${archive.traces} runs are at ${server.url} until Ctrl-C.\n`);
  await stopped;
  viewer.close();
  await server.close();
}
