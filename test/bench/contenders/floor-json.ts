import type { Contender } from './contender.ts';
import { createFloor, type FloorEncoder, type FloorSpan } from './floor.ts';

function createJsonEncoder(): FloorEncoder {
  let spans: string[] = [];
  let size = 0;
  return {
    contentType: 'application/json',
    add(span) {
      const text = JSON.stringify(toSpan(span));
      spans.push(text);
      size += text.length;
    },
    get size() {
      return size;
    },
    take() {
      const body = `{"resourceSpans":[{"scopeSpans":[{"scope":{"name":"floor"},"spans":[${spans.join(',')}]}]}]}`;
      spans = [];
      size = 0;
      return Buffer.from(body);
    },
  };
}

function toSpan({ attributes, startTime, endTime, ...span }: FloorSpan): unknown {
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId.toString('hex') }),
    name: span.name,
    kind: 1,
    startTimeUnixNano: `${startTime}000000`,
    endTimeUnixNano: `${endTime}000000`,
    attributes: attributes.map(([key, stringValue]) => ({ key, value: { stringValue } })),
    status: {},
  };
}

/** OTLP/JSON by hand. */
export const floorJson: Contender = {
  does: 'writes each span as OTLP/JSON text when it ends; a request every second or 2 MB',
  doesNot: 'compress, retry, bound what waits, catch anything',
  start: (target) => Promise.resolve(createFloor(target, createJsonEncoder())),
};
