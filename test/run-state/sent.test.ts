import { describe, expect, it } from 'vitest';

import type { LifecycleEvent, StepEndEvent } from '../../src/index.ts';
import { createHistory, type History } from './history.ts';

const start = { type: 'run-start', runId: 'r', name: 'agent', timestamp: 100 } as const;
const end = { type: 'run-end', runId: 'r', timestamp: 500, status: 'completed' } as const;

function stepEnd(stepId: string, timestamp: number): StepEndEvent {
  return { type: 'step-end', runId: 'r', stepId, timestamp };
}

function codesAfter(history: History, ...events: readonly LifecycleEvent[]): readonly string[] {
  const before = history.diagnostics.length;
  history.tell(...events);
  return history.diagnostics.slice(before).map(({ code }) => code);
}

describe('a run that was sent', () => {
  it('is not sent again, whatever comes late', () => {
    const history = createHistory();
    history.tell(start, end);
    history.handOver();
    const sent = history.all.length;

    const codes = codesAfter(
      history,
      start,
      { type: 'run-update', runId: 'r', timestamp: 600, metadata: { plan: 'pro' } },
      end,
    );

    expect(codes).toEqual(['duplicate_event', 'late_event', 'late_ending']);
    expect(history.all).toHaveLength(sent);
  });

  it('stays as it was made up when its start comes after all', () => {
    const history = createHistory();
    history.tell(end);
    history.settle(600);
    history.handOver();
    const sent = history.all.length;

    const codes = codesAfter(history, start);

    expect(codes).toEqual(['late_event']);
    expect(history.all).toHaveLength(sent);
  });

  it('still has a step that comes late, under its own observation and ended with it', () => {
    const history = createHistory();
    history.tell({ ...start, conversationId: 'c-1' }, end);
    history.handOver();

    history.tell({
      type: 'step-start',
      runId: 'r',
      stepId: 'late',
      name: 'search',
      timestamp: 300,
    });

    expect(history.step('late')).toMatchObject({
      phase: 'ended',
      endTime: 500,
      parentId: history.run('r')?.id,
      trace: { conversationId: 'c-1' },
    });
  });
});

describe.each([3, 40])('a run of %i steps', (count) => {
  const stepIds = Array.from({ length: count }, (_none, at) => `step-${at}`);
  const starts = stepIds.map((stepId, at): LifecycleEvent => ({
    type: 'step-start',
    runId: 'r',
    stepId,
    name: stepId,
    timestamp: 101 + at,
  }));

  it('knows each of them again when it was sent', () => {
    const history = createHistory();
    history.tell(start, ...starts, ...stepIds.map((stepId) => stepEnd(stepId, 300)));
    history.handOver();
    const sent = history.all.length;

    const codes = codesAfter(history, ...stepIds.map((stepId) => stepEnd(stepId, 400)));

    expect(codes).toEqual(stepIds.map(() => 'duplicate_event'));
    expect(history.all).toHaveLength(sent);
  });

  it('closes those that are open, in the order of their start', () => {
    const history = createHistory();
    const isOpen = (_stepId: string, at: number): boolean => at % 2 === 0;
    const isEnded = (stepId: string, at: number): boolean => !isOpen(stepId, at);
    history.tell(start, ...starts);
    history.tell(...stepIds.filter(isEnded).map((stepId) => stepEnd(stepId, 300)));
    const before = history.all.length;

    history.tell(end);

    const closed = history.all.slice(before).filter(({ stepId }) => stepId !== undefined);
    expect(closed.map(({ stepId }) => stepId)).toEqual(stepIds.filter(isOpen));
    expect(closed.every(({ metadata }) => metadata['closed_with_run'] === true)).toBe(true);
  });
});
