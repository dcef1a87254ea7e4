import { describe, expect, it } from 'vitest';

import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { createLifecycle, memorySink } from '../../src/index.ts';
import { scene } from '../frameworks/opentelemetry/scene.ts';

// As text, because an object literal with __proto__ has a prototype and no such key.
const hostileText =
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1},"hasOwnProperty":1}';
const hostile = JSON.parse(hostileText);

/** What every object of this process inherits, which must stay as it was. */
function pollution(): readonly unknown[] {
  return ['polluted', 'hasOwnProperty'].map((key) => Reflect.get(Object.prototype, key));
}

const clean = [undefined, Reflect.get(Object.prototype, 'hasOwnProperty')];

describe('a key that names a prototype', () => {
  it('is a key like any other in payloads, metadata and their merge', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, interruption: false });

    lifecycle.run({ name: 'agent', input: hostile, metadata: hostile }, (run) => {
      run.update({ metadata: JSON.parse('{"__proto__":{"polluted":2},"b":2}') });
      run.step(
        { kind: 'generation', name: 'llm', modelParameters: hostile, metadata: hostile },
        (step) => {
          step.update({ metadata: hostile, usage: hostile });
          return hostile;
        },
      );
      return hostile;
    });
    await lifecycle.shutdown();

    const [parent] = sink.parents;
    expect(JSON.stringify(parent?.input)).toBe(hostileText);
    expect(JSON.stringify(parent?.output)).toBe(hostileText);
    expect(Object.getPrototypeOf(parent?.metadata)).toBe(Object.prototype);
    expect(JSON.parse(JSON.stringify(parent?.metadata))).toMatchObject({
      b: 2,
      status: 'completed',
    });
    expect(pollution()).toEqual(clean);
  });

  it('as an id, a name or a type is a text like any other', async () => {
    const sink = memorySink();
    const lifecycle = createLifecycle({ sink, interruption: false, onDiagnostic: () => {} });

    for (const name of ['__proto__', 'constructor', 'toString']) {
      lifecycle.emit({ type: name, runId: name });
      lifecycle.emit({ type: 'run-start', runId: name, name, conversationId: name });
      lifecycle.emit({ type: 'step-start', runId: name, stepId: name, name });
      lifecycle.emit({ type: 'run-end', runId: name, status: 'completed', output: name });
    }
    await lifecycle.shutdown();

    expect(
      sink.parents.map(({ name, output, trace }) => [name, output, trace.conversationId]),
    ).toEqual([
      ['__proto__', '__proto__', '__proto__'],
      ['constructor', 'constructor', 'constructor'],
      ['toString', 'toString', 'toString'],
    ]);
    expect(sink.records).toHaveLength(6);
  });

  it('in an event is refused as a field that does not exist', async () => {
    const messages: string[] = [];
    const lifecycle = createLifecycle({
      sink: memorySink(),
      interruption: false,
      onDiagnostic: ({ message }) => messages.push(message),
    });

    lifecycle.emit(
      JSON.parse('{"type":"run-start","runId":"a","name":"n","constructor":{"prototype":{}}}'),
    );
    await lifecycle.shutdown();

    expect(messages).toEqual([expect.stringContaining('constructor: expected no such field')]);
    expect(pollution()).toEqual(clean);
  });

  it('is a key like any other in the attributes of an OpenTelemetry span', async () => {
    const { tracer, finish } = scene();
    const span = tracer.startSpan('invoke_agent a', {
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'langfuse.trace.metadata.__proto__': '{"polluted":1}',
        'langfuse.trace.metadata.constructor': hostileText,
        'gen_ai.request.__proto__': '{"temperature":1}',
        'gen_ai.prompt.0.__proto__': '{"role":"system"}',
        ['__proto__']: 'x',
      },
    });
    span.end();
    const { parents } = await finish();

    const metadata = parents[0]?.metadata ?? {};
    expect(Object.hasOwn(metadata, '__proto__')).toBe(true);
    expect(Reflect.get(metadata, 'polluted')).toBeUndefined();
    expect(pollution()).toEqual(clean);
  });

  it.each(['legacy', 'dual', 'events_only'] as const)(
    'changes nothing in a fake Langfuse in write mode %s',
    (writeMode) => {
      const fake = createFakeLangfuse({ writeMode });
      const { publicKey, secretKey } = fake.options;
      const authorization = `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
      const post = (path: string, body: string): unknown =>
        fake.handle({
          method: 'POST',
          path,
          headers: { authorization, 'content-type': 'application/json' },
          body: new TextEncoder().encode(body),
        });
      const attribute = JSON.stringify({
        key: 'langfuse.observation.metadata',
        value: { stringValue: hostileText },
      });

      for (const second of [0, 1]) {
        post(
          '/api/public/ingestion',
          `{"batch":[{"id":"e${second}","type":"trace-create","timestamp":"2026-11-20T00:00:0${second}Z","body":{"id":"t","metadata":${hostileText}}}]}`,
        );
      }
      post(
        '/api/public/otel/v1/traces',
        `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'a'.repeat(32)}","spanId":"${'b'.repeat(16)}","name":"__proto__","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[${attribute},{"key":"__proto__","value":{"stringValue":"x"}}]}]}]}]}`,
      );

      expect(fake.traces().length).toBeGreaterThan(0);
      expect(pollution()).toEqual(clean);
    },
  );
});
