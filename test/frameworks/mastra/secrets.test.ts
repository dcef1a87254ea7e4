import { RequestContext } from '@mastra/core/request-context';
import { describe, expect, it } from 'vitest';
import { weather } from './mastra-world.ts';
import { calls, hangs, says, scriptedModel } from './scripted-model.ts';
import { observedAgent } from './observed.ts';

describe('what is not to be seen', () => {
  it('stays out: headers, provider options, the request context', async () => {
    const requestContext = new RequestContext();
    requestContext.set('note', 'hidden-in-context');
    requestContext.set('tenant', 'acme');
    const { agent, lifecycle, sink } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi', {
      requestContext,
      tracingOptions: { requestContextKeys: ['tenant'] },
      modelSettings: { headers: { 'x-note': 'hidden-in-header' } },
      providerOptions: { mock: { note: 'hidden-in-options' } },
    });
    await lifecycle.flush();

    const sent = JSON.stringify(sink.records);
    expect(sent).not.toContain('hidden-in');
    expect(sink.parents[0]?.metadata['tenant']).toBe('acme');
  });

  it('is left out when the call says so, and the ending is right all the same', async () => {
    const { agent, lifecycle, sink } = observedAgent(scriptedModel(says('sunny')));

    await agent.generate('hi', { tracingOptions: { hideInput: true, hideOutput: true } });
    await lifecycle.flush();

    expect(sink.parents[0]).toMatchObject({ metadata: { status: 'completed', reason: 'stop' } });
    expect(JSON.stringify(sink.records)).not.toContain('sunny');
  });

  it('does not make an abort out of a limit', async () => {
    const { agent, parent } = observedAgent(scriptedModel(calls(['weather', { city: 'Rome' }])), {
      tools: { weather },
    });

    await agent.generate('hi', { maxSteps: 2, tracingOptions: { hideOutput: true } });

    expect((await parent())?.metadata['reason']).toBe('max_iterations');
  });

  it('does not hide an abort', async () => {
    const controller = new AbortController();
    const { agent, parent } = observedAgent(scriptedModel(hangs(() => controller.abort())));
    const abortSignal = controller.signal;

    await agent.generate('hi', { abortSignal, tracingOptions: { hideOutput: true } });

    expect((await parent())?.metadata['reason']).toBe('aborted');
  });
});
