import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { mockLangfuse } from '../../mocks/node.ts';
// oxlint-disable-next-line import/no-unassigned-import -- importing it registers the matchers
import '../../mocks/vitest.ts';

const langfuse = mockLangfuse();
beforeAll(() => langfuse.listen());
afterEach(() => {
  langfuse.fake.setWriteMode('events_only');
  langfuse.reset();
});
afterAll(() => langfuse.close());

const traceId = '0123456789abcdef0123456789abcdef';
const rootId = '00000000000000a1';
const at = (second: number): string => `2026-11-23T12:00:0${second}.000Z`;
const nanos = (second: number): string => `${Date.parse(at(second))}000000`;

async function post(path: string, body: unknown): Promise<number> {
  const { publicKey, secretKey } = langfuse.keys;
  const answer = await fetch(`${langfuse.baseUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${publicKey}:${secretKey}`)}`,
      'content-type': 'application/json',
      'x-langfuse-ingestion-version': '4',
    },
    body: JSON.stringify(body),
  });
  return answer.status;
}

interface SpanFacts {
  readonly id: string;
  readonly name: string;
  readonly seconds: readonly [start: number, end: number];
  readonly attributes?: Readonly<Record<string, string>>;
}

function span({ id, name, seconds: [start, end], attributes = {} }: SpanFacts): unknown {
  const all = {
    'langfuse.trace.name': 'support-agent',
    'session.id': 'chat-1',
    ...attributes,
  };
  return {
    traceId,
    spanId: id,
    ...(id === rootId ? {} : { parentSpanId: rootId }),
    name,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(end),
    attributes: Object.entries(all).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
}

const exportOf = (...spans: readonly unknown[]): unknown => ({
  resourceSpans: [{ scopeSpans: [{ scope: { name: 'langfuse-sdk' }, spans }] }],
});

const marker = span({
  id: '00000000000000e1',
  name: 'run-start',
  seconds: [0, 0],
  attributes: {
    'langfuse.observation.type': 'event',
    'langfuse.observation.metadata.status': 'in_progress',
  },
});

const root = span({
  id: rootId,
  name: 'support-agent',
  seconds: [0, 5],
  attributes: {
    'langfuse.observation.type': 'agent',
    'langfuse.observation.input': 'Where is my order?',
    'langfuse.observation.output': '{"error":{"type":"MaxIterationsError"}}',
    'langfuse.observation.level': 'ERROR',
    'langfuse.observation.status_message': 'Stopped after 8 iterations.',
    'langfuse.observation.metadata.status': 'error',
    'langfuse.observation.metadata.reason': 'max_iterations',
  },
});

describe('the matchers on what an OTLP export brought', () => {
  it('find an open run incomplete, and the same run complete after its end', async () => {
    await post('/api/public/otel/v1/traces', exportOf(marker));

    expect(langfuse).not.toBeCompleteParent();
    expect(langfuse).not.toHaveEndedAs('error');
    expect(langfuse).toHaveConversation('chat-1');

    await post('/api/public/otel/v1/traces', exportOf(root));

    expect(langfuse).toBeCompleteParent();
    expect(langfuse).toHaveEndedAs('max_iterations');
    expect(langfuse).toHaveConversation('chat-1');
  });

  it('find a span that was sent open and again when it ended', async () => {
    await post(
      '/api/public/otel/v1/traces',
      exportOf(span({ id: rootId, name: 'support-agent', seconds: [0, 0] })),
    );
    await post('/api/public/otel/v1/traces', exportOf(root));

    expect(() => expect(langfuse).toBeCompleteParent()).toThrow(
      `observation id ${rootId}: expected once, found 2 times`,
    );
  });
});

const event = (
  id: string,
  { type, second, body }: { type: string; second: number; body: object },
): unknown => ({
  id,
  type,
  timestamp: at(second),
  body,
});

describe('the matchers on what legacy events brought', () => {
  it('find an open run incomplete, and the same run complete after its end', async () => {
    langfuse.fake.setWriteMode('dual');
    const status = 'in_progress';
    const opened = await post('/api/public/ingestion', {
      batch: [
        event('e1', {
          type: 'trace-create',
          second: 0,
          body: {
            id: traceId,
            timestamp: at(0),
            name: 'support-agent',
            sessionId: 'chat-1',
            metadata: { status },
          },
        }),
        event('e2', {
          type: 'agent-create',
          second: 0,
          body: {
            id: rootId,
            traceId,
            name: 'support-agent',
            startTime: at(0),
            input: 'Where?',
            metadata: { status },
          },
        }),
        event('e3', {
          type: 'tool-create',
          second: 1,
          body: {
            id: 'tool',
            traceId,
            parentObservationId: rootId,
            name: 'search',
            startTime: at(1),
            endTime: at(2),
          },
        }),
      ],
    });

    expect(opened).toBe(207);
    expect(langfuse).not.toBeCompleteParent();

    const ending = { status: 'completed', reason: 'stop' };
    await post('/api/public/ingestion', {
      batch: [
        event('e4', { type: 'trace-create', second: 5, body: { id: traceId, metadata: ending } }),
        event('e5', {
          type: 'agent-create',
          second: 5,
          body: { id: rootId, traceId, endTime: at(5), output: 'On its way.', metadata: ending },
        }),
      ],
    });

    expect(langfuse).toBeCompleteParent();
    expect(langfuse).toHaveEndedAs('completed');
    expect(langfuse).toHaveConversation('chat-1');
  });
});
