import { describe, expect, it } from 'vitest';

import { MaxIterationsError } from '../../adapters/index.ts';
import type { EndedAs } from '../../mocks/vitest.ts';
// oxlint-disable-next-line import/no-unassigned-import, import/no-duplicates -- importing it registers the matchers
import '../../mocks/vitest.ts';
import {
  childrenOf,
  environmentsOf,
  expectedChild,
  expectedMetadata,
  expectedRoot,
  expectedTrace,
  nameAbove,
  onlyTrace,
  shapeOfFailure,
  texts,
} from './expectations.ts';
import { completed, support, survive } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { play, sinks, writePaths } from './sinks.ts';

describe.each(sinks)('$name', (sink) => {
  describe.each(scenarios)('after $name', (scenario) => {
    const { expected } = scenario;

    it('holds one complete parent', async () => {
      const played = await play(sink, scenario);

      const trace = onlyTrace(played.traces);
      expect(trace).toBeCompleteParent();
      expect(trace).toHaveEndedAs(expected.status);
      expect(trace).toHaveEndedAs(expected.reason as EndedAs);
      expect(trace).toHaveConversation(expected.conversationId);
      expect(trace).toMatchObject(expectedTrace(expected));
      expect(trace.root).toMatchObject(expectedRoot(sink, expected));
      expect(texts(trace.root?.metadata)).toMatchObject(texts(expectedMetadata(expected)));
      expect(environmentsOf(trace)).toEqual(
        sink.wire === 'none' ? ['default/null'] : [settingsOf(scenario.sinkOptions)],
      );
    });

    it('holds every child, closed, below what it belongs to', async () => {
      const played = await play(sink, scenario);

      const trace = onlyTrace(played.traces);
      const found = childrenOf(trace);
      const names = expected.children.map(({ name }) => name);
      expect(Object.keys(found).toSorted()).toEqual(names.toSorted());
      for (const child of expected.children) {
        const row = found[child.name];
        expect(row).toMatchObject(expectedChild(sink, child));
        expect(nameAbove(trace, row)).toBe(child.below);
        expect(texts(row?.metadata)).toMatchObject(texts(child.metadata));
        expect(texts(row?.modelParameters)).toEqual(texts(child.model?.modelParameters));
      }
    });

    it('has every observation, owes none and asked for nothing else', async () => {
      const played = await play(sink, scenario);

      const { observations } = onlyTrace(played.traces);
      const markers = sink.wire === 'otlp' && expected.wasOpenAtTick === true ? 1 : 0;
      const count = 1 + expected.children.length;
      expect(played.report).toEqual({ delivered: count, pending: 0, dropped: {} });
      expect(observations).toHaveLength(count + markers);
      expect(played.diagnostics.filter(({ severity }) => severity !== 'info')).toEqual([]);

      const asked = played.requests.map(
        ({ method, path, status }) => `${method} ${path.split('?')[0]} ${status}`,
      );
      const writes = new Set([`POST ${writePaths.ingestion} 207`, `POST ${writePaths.otlp} 200`]);
      expect(asked.slice(0, sink.questions.length)).toEqual(sink.questions);
      expect(asked.slice(sink.questions.length).filter((line) => !writes.has(line))).toEqual([]);
      expect(played.atShutdown).toEqual({ report: played.report, requests: asked.length });
    });
  });

  it('gives a run that reached its limit the payload of any other failure', async () => {
    const atLimit = await failureWith(
      new MaxIterationsError('gave up', { maxIterations: 3, lastObservation: 'nothing' }),
    );
    const atException = await failureWith(Object.assign(new Error('broke'), { code: 'EBROKEN' }));

    expect(atLimit.react).toMatchObject({ iterations: 3, maxIterations: 3 });
    expect(atLimit.shape).toEqual(atException.shape);
  });

  async function failureWith(error: Error): Promise<ReturnType<typeof shapeOfFailure>> {
    const played = await play(sink, {
      name: 'failure',
      run: (lifecycle, { pass }) =>
        survive(() =>
          lifecycle.run({ ...support, maxIterations: 3 }, async (run) => {
            run.update({ output: 'a draft' });
            await pass(10);
            throw error;
          }),
        ),
      expected: completed({ output: null }),
    });
    return shapeOfFailure(onlyTrace(played.traces));
  }
});

function settingsOf(options: { environment?: string; release?: string } = {}): string {
  return `${options.environment ?? 'default'}/${options.release ?? 'null'}`;
}
