import { describe, expect, it } from 'vitest';
import { createSanitizer } from '../../src/sanitize.ts';
import { createStreamOutput } from '../../src/stream/stream-output.ts';
import { collect, streaming } from './streaming.ts';

const { snapshot } = createSanitizer();

function outputOf(...chunks: readonly unknown[]): unknown {
  const output = createStreamOutput({ snapshot });
  for (const chunk of chunks) output.add(chunk);
  return output.result();
}

describe('the output of a stream', () => {
  it('is nothing when nothing came', () => {
    expect(outputOf()).toBeUndefined();
  });

  it('joins texts', () => {
    expect(outputOf('a', '', 'b')).toBe('ab');
  });

  it('decodes UTF-8 across chunks', () => {
    const bytes = new TextEncoder().encode('naïve 🚀');

    expect(outputOf(bytes.slice(0, 3), bytes.slice(3, 8), bytes.slice(8))).toBe('naïve 🚀');
  });

  it('leaves out half a character at the end', () => {
    expect(outputOf(new TextEncoder().encode('ok 🚀').slice(0, 5))).toBe('ok ');
  });

  it('says how much of it is no text', () => {
    const image = new Uint8Array(12_000).fill(0x89);

    expect(outputOf(image, new Uint8Array(345))).toBe('[binary 12,345 bytes]');
    expect(outputOf(new TextEncoder().encode('%PDF'), new Uint8Array(4))).toBe(
      '%PDF[binary 4 bytes]',
    );
  });

  it.each([
    [
      'chat completions',
      [
        { choices: [{ delta: { role: 'assistant', content: '' }, finish_reason: null }] },
        { choices: [{ delta: { content: 'Hel' }, finish_reason: null }] },
        { choices: [{ delta: { content: 'lo' } }] },
      ],
    ],
    [
      'the AI SDK',
      [
        { type: 'text-delta', id: '1', text: 'Hel' },
        { type: 'text-delta', id: '1', delta: 'lo' },
      ],
    ],
    [
      'Anthropic',
      [
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
      ],
    ],
    [
      'OpenAI responses',
      [
        { type: 'response.output_text.delta', delta: 'Hel' },
        { type: 'response.output_text.delta', delta: 'lo' },
      ],
    ],
  ])('joins the text deltas of %s', (_title, chunks) => {
    expect(outputOf(...chunks)).toBe('Hello');
  });

  it('keeps what is not text beside the text', () => {
    const call = { type: 'tool-call', toolName: 'search' };
    const end = { choices: [{ delta: {}, finish_reason: 'stop' }] };

    expect(outputOf({ type: 'text-delta', text: 'Hi' }, call, end)).toEqual({
      text: 'Hi',
      chunks: [call, end],
    });
  });

  it('does not lose tool calls that come with text', () => {
    const chunk = { choices: [{ delta: { content: '', tool_calls: [{ id: 'c' }] } }] };

    expect(outputOf(chunk)).toEqual([chunk]);
  });

  it('copies chunks when they come', () => {
    const chunk = { state: 'now' };
    const output = createStreamOutput({ snapshot });

    output.add(chunk);
    chunk.state = 'later';

    expect(output.result()).toEqual([{ state: 'now' }]);
  });

  it('keeps at most 262,144 characters and says how many there were', () => {
    const text = String(outputOf(...Array.from({ length: 300 }, () => 'x'.repeat(1_000))));

    expect(text).toHaveLength(261_632 + '[truncated 300,000 → 261,632 chars]'.length);
    expect(text).toMatch(/x\[truncated 300,000 → 261,632 chars\]$/);
    expect(snapshot(text).value).toBe(text);
  });

  it('keeps at most 1,000 chunks and says how many there were', () => {
    const chunks = outputOf(...Array.from({ length: 1_500 }, (_, id) => ({ id })));

    expect(chunks).toHaveLength(1_001);
    expect(Array.isArray(chunks) ? chunks.at(-1) : undefined).toBe(
      '[truncated 1,500 → 1,000 items]',
    );
    expect(snapshot(chunks).value).toEqual(chunks);
  });

  it('keeps chunks up to 262,144 bytes', () => {
    const chunks = outputOf(
      ...Array.from({ length: 20 }, (_, id) => ({ id, text: 'x'.repeat(100_000) })),
    );

    expect(chunks).toHaveLength(4);
    expect(Array.isArray(chunks) ? chunks.at(-1) : undefined).toBe('[truncated 20 → 3 items]');
  });

  it('survives chunks that cannot be read', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );

    expect(outputOf(hostile)).toHaveLength(1);
  });
});

describe('a run that streams', () => {
  it('redacts a secret that comes in pieces', async () => {
    const { lifecycle, parent } = streaming();
    const pieces = ['key: sk-proj-', 'abcdefghijklmnop', 'qrstuvwxyz012345'];

    await collect(lifecycle.stream({ name: 'agent' }, () => pieces.values()));

    expect(JSON.stringify(await parent())).not.toContain('abcdefghijklmnop');
  });

  it('takes the output that toOutput makes of the chunks', async () => {
    const { lifecycle, parent } = streaming();
    const options = {
      name: 'agent',
      toOutput: (chunks: readonly number[]) => chunks.reduce((sum, chunk) => sum + chunk, 0),
    };

    await collect(lifecycle.stream(options, () => [1, 2, 3].values()));

    expect(await parent()).toMatchObject({ output: 6 });
  });

  it('keeps the output that it told itself when toOutput makes none', async () => {
    const { lifecycle, parent } = streaming();

    await collect(
      lifecycle.stream({ name: 'agent', toOutput: () => undefined }, async function* (run) {
        run.update({ output: 'told' });
        yield 'streamed';
      }),
    );

    expect(await parent()).toMatchObject({ output: 'told' });
  });

  it('ends without an output when toOutput throws', async () => {
    const { lifecycle, parent, diagnostics } = streaming();
    const toOutput = (): never => {
      throw new Error('clumsy');
    };

    const chunks = await collect(
      lifecycle.stream({ name: 'agent', toOutput }, () => ['a'].values()),
    );

    expect(chunks).toEqual(['a']);
    expect(await parent()).toMatchObject({
      output: '[no output]',
      metadata: { status: 'completed' },
    });
    expect(diagnostics).toMatchObject([{ message: 'toOutput failed: clumsy' }]);
  });
});
