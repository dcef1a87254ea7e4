import { describe, expect, it } from 'vitest';
import { judge } from '../../adapters/cli/audit/measure/verdict.ts';
import { hourMs, now, parent, parentless, rules } from './traces.ts';

const open = { type: 'open' } as const;

describe('a parent', () => {
  it('with name, input, conversation, terminal status and output is complete', () => {
    expect(judge(parent(), rules)).toEqual({
      type: 'due',
      missing: [],
      isStale: false,
      isOrphan: false,
      ending: { status: 'completed', reason: 'stop' },
    });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ hasInput: false }, 'input'],
    [{ hasConversation: false }, 'conversation id'],
    [{ ending: open }, 'terminal status'],
    [{ hasOutcome: false }, 'output or error'],
  ] as const)('that is %o lacks its %s', (changes, missing) => {
    expect(judge(parent(changes), rules)).toMatchObject({ missing: [missing] });
  });

  it('that says it has no conversation is complete, unless ids are required', () => {
    const silent = parent({ hasConversation: false, conversationSource: 'missing' });

    expect(judge(silent, rules)).toMatchObject({ missing: [] });
    expect(judge(silent, { ...rules, conversation: 'required' })).toMatchObject({
      missing: ['conversation id'],
    });
  });

  it('that is open is running until it is as old as a run may get, and stale from then on', () => {
    const young = parent({ ending: open, startTime: now - hourMs + 1 });
    const old = parent({ ending: open, startTime: now - hourMs });

    expect(judge(young, rules)).toEqual({ type: 'running' });
    expect(judge(old, rules)).toMatchObject({
      isStale: true,
      isOrphan: false,
      ending: { status: 'in_progress' },
    });
  });

  it('that has ended counts however young it is', () => {
    expect(judge(parent({ startTime: now - 1 }), rules)).toMatchObject({ type: 'due' });
  });
});

describe('a trace without a parent', () => {
  it('is an orphan when nobody announced it, and stale in any case', () => {
    expect(judge(parentless(), rules)).toMatchObject({
      missing: ['parent'],
      isStale: true,
      isOrphan: true,
      ending: { status: 'no_parent', reason: 'children only' },
    });
    expect(judge(parentless({ isAnnounced: true }), rules)).toMatchObject({
      missing: ['parent'],
      isStale: true,
      isOrphan: false,
      ending: { status: 'no_parent', reason: 'start marker only' },
    });
  });

  it('is running while it is young', () => {
    expect(judge(parentless({ startTime: now - hourMs + 1 }), rules)).toEqual({ type: 'running' });
  });
});
