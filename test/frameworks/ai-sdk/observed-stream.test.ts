import { once } from 'node:events';

import { createServer, request, type ServerResponse } from 'node:http';

import type { AddressInfo } from 'node:net';

import { generateText, Output, streamText, ToolLoopAgent } from 'ai';
import { describe, expect, it } from 'vitest';
import { observeStream } from '../../../adapters/ai-sdk/index.ts';
import { adapterPort, type Lifecycle, type MemorySink } from '../../../src/index.ts';
import { collectGarbageUntil } from '../../garbage.ts';
import { says, scriptedModel } from './scripted-model.ts';
import { chunksOf, inSdk, onError, recording, tools, words } from './telemetry.ts';

function counting(functionId = 'chat', text = words) {
  return { model: scriptedModel(says(text)), prompt: 'Count.', onError, telemetry: { functionId } };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function firstOf(stream: AsyncIterable<string>): Promise<string | undefined> {
  for await (const chunk of stream) return chunk;
  return undefined;
}

/** The reasons of the runs by name. */
function reasons(sink: MemorySink): Readonly<Record<string, unknown>> {
  return Object.fromEntries(sink.parents.map(({ name, metadata }) => [name, metadata['reason']]));
}

describe('an observed result', () => {
  it('gives what the result gives, of the same kinds', async () => {
    const { lifecycle } = recording();

    const outcome = await inSdk(lifecycle, async () => {
      const result = observeStream(streamText(counting()));
      return {
        isReadable: result.textStream instanceof ReadableStream,
        canIterate: Symbol.asyncIterator in result.fullStream,
        hasClass: result.constructor.name,
        isOwn: 'textStream' in result,
        response: result.toTextStreamResponse({ status: 201 }).status,
        text: await result.text,
        usage: (await result.usage).totalTokens,
        isThenable: 'then' in result,
      };
    });

    expect(outcome).toEqual({
      isReadable: true,
      canIterate: true,
      hasClass: 'DefaultStreamTextResult',
      isOwn: true,
      response: 201,
      text: words,
      usage: 35,
      isThenable: false,
    });
  });

  it.each([
    ['textStream'],
    ['fullStream'],
    ['stream'],
    ['partialOutputStream'],
    ['toUIMessageStream'],
  ] as const)('gives the chunks of %s as they are', async (key) => {
    const { lifecycle } = recording();
    const read = async (result: ReturnType<typeof streamText>): Promise<readonly unknown[]> => {
      const stream = key === 'toUIMessageStream' ? result.toUIMessageStream() : result[key];
      return chunksOf(stream as AsyncIterable<unknown>);
    };

    const observed = await inSdk(lifecycle, async () =>
      read(observeStream(streamText(counting()))),
    );

    expect(observed.length).toBeGreaterThan(10);
    expect(observed).toEqual(await read(streamText(counting())));
  });

  it('reads nothing ahead', async () => {
    const { lifecycle } = recording();
    async function pulled(observe: <T extends object>(result: T) => T): Promise<number> {
      let count = 0;
      const model = scriptedModel(says(words));
      const { doStream } = model;
      model.doStream = async (options) => {
        const { stream, ...rest } = await doStream(options);
        const counted = stream.pipeThrough(
          new TransformStream({
            transform(chunk, controller) {
              count += 1;
              controller.enqueue(chunk);
            },
          }),
        );
        return { ...rest, stream: counted };
      };
      const { textStream } = observe(streamText({ ...counting(), model }));
      await textStream.getReader().read();
      for (let turn = 0; turn < 10; turn += 1) await nextTurn();
      return count;
    }

    const observed = await inSdk(lifecycle, () => pulled(observeStream));

    expect(observed).toBe(await pulled((result) => result));
  });

  it('leaves an unhandled rejection of `output` to the process, once', async () => {
    const { lifecycle } = recording();
    const rejections: unknown[] = [];
    const listener = (reason: unknown): void => void rejections.push(reason);
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);

    await inSdk(lifecycle, async () => {
      const result = observeStream(
        streamText({ ...counting('chat', 'no number'), output: Output.json() }),
      );
      void result.output;
      await result.text;
      await nextTurn();
    });
    process.removeListener('unhandledRejection', listener);
    for (const other of others) process.on('unhandledRejection', other);

    expect(rejections).toMatchObject([{ name: 'AI_NoObjectGeneratedError' }]);
  });

  it('ends when the client of a response of node:http goes away', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, async () => {
      const result = observeStream(
        streamText({ ...counting(), model: scriptedModel(says(`${words} `.repeat(2_000))) }),
      );
      await servedTo(async (response) => {
        await result.pipeTextStreamToResponse(response);
      });
      for (let turn = 0; turn < 10; turn += 1) await nextTurn();
      await lifecycle.flush();
    });

    expect(sink.parents[0]).toMatchObject({
      statusMessage: expect.stringContaining('Client disconnected.'),
      metadata: { reason: 'stream_abandoned' },
    });
  });

  it('is not abandoned while another reader may read on', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, async () => {
      const result = observeStream(streamText(counting()));
      const other = result.textStream;
      await result.toTextStreamResponse().body?.cancel('gone');
      await chunksOf(other);
    });
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({ output: words, metadata: { reason: 'stop' } });
  });

  it.each([
    ['in part', 'the reader cancelled the stream after 1 chunk'],
    ['not at all', 'nobody read the stream'],
  ])(
    'that was read %s and dropped is abandoned while its model still sends',
    async (how, message) => {
      const { lifecycle, sink } = recording();
      const connections = new Set<ReadableStream>();
      const model = scriptedModel(says(words));
      const { doStream } = model;
      model.doStream = async (options) => {
        const answer = await doStream(options);
        connections.add(answer.stream);
        return answer;
      };

      await inSdk(lifecycle, async () => {
        let runId = '';
        const onStart = ({ callId }: { readonly callId: string }): void => {
          runId = callId;
        };
        await (async () => {
          const result = observeStream(streamText({ ...counting(), model, onStart }));
          if (how === 'in part') await firstOf(result.textStream);
          else for (let turn = 0; turn < 10; turn += 1) await nextTurn();
        })();
        const port = adapterPort(lifecycle);
        await collectGarbageUntil(() => !port.isOpen(runId));
      });
      await lifecycle.flush();

      expect(connections.size).toBe(1);
      expect(sink.parents[0]).toMatchObject({
        statusMessage: message,
        metadata: { reason: 'stream_abandoned' },
      });
    },
  );

  it('tells what was read when it is still read at shutdown', async () => {
    const { lifecycle, sink } = recording();

    await inSdk(lifecycle, async () => {
      const reader = observeStream(streamText(counting())).textStream.getReader();
      await reader.read();
      await reader.read();
      await lifecycle.shutdown();
      await reader.cancel();
    });

    expect(sink.parents[0]).toMatchObject({
      output: { partialOutput: 'one two ' },
      metadata: { reason: 'never_ended' },
    });
  });
});

describe('the call of an observed result', () => {
  /** Breaks off one of two streams; which of them was abandoned tells whose reader it was taken for. */
  async function brokenOff(
    make: (lifecycle: Lifecycle) => Promise<{ readonly textStream: AsyncIterable<string> }>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { lifecycle, sink } = recording();
    const result = await inSdk(lifecycle, async () => {
      const made = await make(lifecycle);
      await firstOf(made.textStream);
      return made;
    });
    await lifecycle.shutdown();
    expect(result).toBeDefined();
    return reasons(sink);
  }

  it('is found where the stream is made', async () => {
    expect(
      await brokenOff(async () => {
        const other = streamText(counting('other'));
        await firstOf(other.textStream);
        return observeStream(streamText(counting('mine')));
      }),
    ).toEqual({ other: 'never_ended', mine: 'stream_abandoned' });
  });

  it('is found behind the promise of an agent', async () => {
    expect(
      await brokenOff(async () => {
        const agent = new ToolLoopAgent({ ...counting('agent'), tools });
        return observeStream(await agent.stream({ prompt: 'Count.' }));
      }),
    ).toEqual({ agent: 'stream_abandoned' });
  });

  it('is each its own when several are made and observed in a row', async () => {
    const { lifecycle, sink } = recording();
    const kept = await inSdk(lifecycle, async () => {
      const first = observeStream(streamText(counting('first')));
      const second = observeStream(streamText(counting('second')));
      await firstOf(first.textStream);
      return [first, second, await second.text];
    });
    await lifecycle.shutdown();

    expect(kept).toHaveLength(3);
    expect(reasons(sink)).toEqual({ first: 'stream_abandoned', second: 'stop' });
  });

  it('is not guessed among several that were made before', async () => {
    const { lifecycle, sink } = recording();
    const kept = await inSdk(lifecycle, async () => {
      const first = streamText(counting('first'));
      const second = streamText(counting('second'));
      const observed = observeStream(first);
      expect(observed).toBe(first);
      await firstOf(observed.textStream);
      return [first, await second.text];
    });
    await lifecycle.shutdown();

    expect(kept).toHaveLength(2);
    expect(reasons(sink)).toEqual({ first: 'never_ended', second: 'stop' });
  });

  it('is none for a result of long ago, or of no integration', async () => {
    const { lifecycle } = recording();
    const late = await inSdk(lifecycle, async () => {
      const result = streamText(counting());
      await nextTurn();
      return result;
    });
    const unknown = streamText(counting());

    expect(observeStream(late)).toBe(late);
    expect(observeStream(unknown)).toBe(unknown);
  });

  it('ends as never ended when nothing is left that could settle it', async () => {
    const { lifecycle, sink } = recording();
    await inSdk(lifecycle, async () => {
      void generateText({ ...counting(), model: scriptedModel('hangs') });
      await nextTurn();
    });
    await lifecycle.shutdown();

    expect(adapterPort(lifecycle).current()).toBeUndefined();
    expect(reasons(sink)).toEqual({ chat: 'never_ended' });
  });
});

/** A server whose client reads one chunk and goes away. */
async function servedTo(answer: (response: ServerResponse) => Promise<void>): Promise<void> {
  let answered: Promise<void> = Promise.resolve();
  const server = createServer((_request, response) => {
    answered = answer(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = request({ port, host: '127.0.0.1' }, (response) => {
    response.once('data', () => client.destroy());
    response.on('error', () => {});
  });
  client.on('error', () => {});
  client.end();
  await once(client, 'close');
  await answered;
  server.closeAllConnections();
  server.close();
}
