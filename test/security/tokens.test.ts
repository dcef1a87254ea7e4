import { describe, expect, it } from 'vitest';

import { createLifecycle, memorySink, TokenError } from '../../src/index.ts';
import { madeUpSecret, nested } from './hostile-values.ts';

const prefix = 'lfrun1.';

function honestToken(): string {
  return createLifecycle({ sink: memorySink(), interruption: false })
    .startRun({ name: 'agent', input: 'question', conversationId: 'chat-7' })
    .token();
}

/** A token that its maker did not get from `run.token()`; `change` gets the fields of the run as JSON text. */
function forgedToken(change: (run: Record<string, unknown>) => unknown): string {
  const content = JSON.parse(
    Buffer.from(honestToken().slice(prefix.length), 'base64url').toString('utf8'),
  );
  return (
    prefix +
    Buffer.from(JSON.stringify({ ...content, run: change(content.run) })).toString('base64url')
  );
}

async function recordsOf(token: string): Promise<string> {
  const sink = memorySink();
  const lifecycle = createLifecycle({ sink, interruption: false });
  lifecycle.resume(token).complete('answer');
  await lifecycle.shutdown();
  return JSON.stringify(sink.records);
}

describe('a run token', () => {
  it('holds the run in the clear, so that whoever has it can read and resume the run', () => {
    const text = Buffer.from(honestToken().slice(prefix.length), 'base64url').toString('utf8');

    expect(text).toContain('"question"');
    expect(text).toContain('"chat-7"');
  });

  it('holds no key of Langfuse and no secret of the run', () => {
    const lifecycle = createLifecycle({ sink: memorySink(), interruption: false });

    const token = lifecycle
      .startRun({
        name: 'agent',
        input: { password: madeUpSecret },
        metadata: { note: madeUpSecret },
      })
      .token();

    expect(Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8')).not.toContain(
      madeUpSecret,
    );
  });

  it('of somebody else is sanitized like everything that comes in', async () => {
    const records = await recordsOf(
      forgedToken((run) => ({
        ...run,
        name: `agent ${madeUpSecret}`,
        input: { deep: { password: 'correct horse' }, note: madeUpSecret },
        metadata: { authorization: 'Bearer abc', note: madeUpSecret },
        trace: { ...(run['trace'] as object), userId: madeUpSecret, tags: [madeUpSecret] },
      })),
    );

    expect(records).not.toContain(madeUpSecret);
    expect(records).not.toContain('correct horse');
    expect(records).not.toContain('Bearer abc');
    expect(records).toContain('[redacted]');
  });

  it('with half a surrogate pair does not cost the batch that its run is in', async () => {
    const half = '\ud800';

    const records = await recordsOf(
      forgedToken((run) => ({ ...run, name: half, input: [half], metadata: { [half]: half } })),
    );

    expect(JSON.parse(records)).toMatchObject([{ name: '\ufffd', input: ['\ufffd'] }]);
    expect(records).not.toMatch(/\\ud800/i);
  });

  it('weighs what it holds, whatever it says itself', async () => {
    const records = JSON.parse(
      await recordsOf(forgedToken((run) => ({ ...run, input: 'x'.repeat(9_000), size: 0 }))),
    );

    expect(records[0].size).toBeGreaterThan(9_000);
  });

  it('that is nested without end is refused, and named as no token', () => {
    const lifecycle = createLifecycle({ sink: memorySink(), interruption: false });
    const token = forgedToken((run) => ({ ...run, input: 'DEEP' }));
    const text = Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8');
    const deep = prefix + Buffer.from(text.replace('"DEEP"', nested(11_000))).toString('base64url');

    expect(() => lifecycle.resume(deep)).toThrow(TokenError);
  });

  it('is never repeated by the error about it', () => {
    const lifecycle = createLifecycle({ sink: memorySink(), interruption: false });
    const broken = `${honestToken().slice(0, -9)}!!!`;

    expect(() => lifecycle.resume(broken)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(broken.slice(20, 60)) }),
    );
  });
});
