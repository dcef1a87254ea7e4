import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

import { model, parentName, type RunWork, type StepWork, temperature } from '../workload.ts';
import { authorization, otlpPath, spanAttributes, type Target, type Tracer } from './contender.ts';

/** A span as a floor writes it. */
export interface FloorSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer | undefined;
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: readonly (readonly [string, string])[];
}

/** Turns spans into the body of an export, each as it ends. */
export interface FloorEncoder {
  readonly contentType: string;
  add(span: FloorSpan): void;
  /** Bytes that wait. */
  readonly size: number;
  /** The body of an export of what waits. */
  take(): Uint8Array;
}

const flushIntervalMs = 1_000;
const flushBytes = 2_000_000;

/** The least that tracing can be: ids, times, text, a buffer and a request. It keeps nothing when a request fails. */
export function createFloor(target: Target, encoder: FloorEncoder): Tracer {
  const agent = new Agent({ keepAlive: true });
  const url = new URL(`${target.url}${otlpPath}`);
  const headers = {
    'content-type': encoder.contentType,
    authorization: authorization(target),
    'x-langfuse-ingestion-version': '4',
  };
  const inFlight = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    if (encoder.size === 0) return;
    const sending = post(encoder.take()).finally(() => inFlight.delete(sending));
    inFlight.add(sending);
  }

  function post(body: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const outgoing = request(
        url,
        { method: 'POST', agent, headers: { ...headers, 'content-length': body.byteLength } },
        (response) => {
          response.resume();
          response.once('end', resolve);
        },
      );
      outgoing.once('error', () => resolve());
      outgoing.end(body);
    });
  }

  function end(span: FloorSpan): void {
    encoder.add(span);
    if (encoder.size > flushBytes) send();
    else timer ??= setTimeout(send, flushIntervalMs).unref();
  }

  return {
    startRun(work) {
      const place = { traceId: randomBytes(16), spanId: randomBytes(8) };
      const startTime = Date.now();
      return {
        startStep(step) {
          const spanId = randomBytes(8);
          const stepStart = Date.now();
          return {
            end: (ended) =>
              end({
                traceId: place.traceId,
                spanId,
                parentSpanId: place.spanId,
                name: step.name,
                startTime: stepStart,
                endTime: Date.now(),
                attributes: stepAttributes(ended),
              }),
          };
        },
        end: (output) =>
          end({
            ...place,
            parentSpanId: undefined,
            name: parentName,
            startTime,
            endTime: Date.now(),
            attributes: runAttributes(work, output),
          }),
      };
    },
    async flush() {
      send();
      await Promise.all(inFlight);
    },
  };
}

function stepAttributes(step: StepWork): FloorSpan['attributes'] {
  const shared = [
    [spanAttributes.type, step.kind],
    [spanAttributes.input, JSON.stringify(step.input)],
    [spanAttributes.output, JSON.stringify(step.output)],
  ] as const;
  if (step.kind === 'tool') return shared;
  return [
    ...shared,
    [spanAttributes.model, model],
    [spanAttributes.modelParameters, JSON.stringify({ temperature })],
    [spanAttributes.usage, JSON.stringify(step.usage)],
  ];
}

function runAttributes(work: RunWork, output: RunWork['output']): FloorSpan['attributes'] {
  return [
    [spanAttributes.type, 'agent'],
    [spanAttributes.input, JSON.stringify(work.input)],
    [spanAttributes.output, JSON.stringify(output)],
    [spanAttributes.sessionId, work.conversationId],
    [spanAttributes.userId, work.userId],
    [spanAttributes.traceName, parentName],
  ];
}
