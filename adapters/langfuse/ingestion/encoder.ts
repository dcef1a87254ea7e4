import type { Langfuse } from 'langfuse';

import type { IngestionEventType } from '../vocabulary.ts';
import type { ClientCall, ObservationBody } from './map.ts';

/** An ingestion event without its envelope. */
export interface EncodedEvent {
  readonly type: IngestionEventType | CapturedType;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Plays a call on the `langfuse` client and returns its event. */
export type IngestionEncoder = (call: ClientCall) => EncodedEvent;

/** Loads the `langfuse` client, with its queue, timers, retries and network taken out. */
export async function loadEncoder(): Promise<IngestionEncoder> {
  const module = await import('langfuse');
  const client = new (capturing(module.Langfuse))();
  return (call) => encode(client, call);
}

// Every type that the client knows, those that we never ask for too.
type CapturedType = Parameters<Langfuse['enqueue']>[0];

type CapturingClient = InstanceType<ReturnType<typeof capturing>>;

function capturing(Client: typeof Langfuse) {
  return class extends Client {
    // Names the client's keys only so that it does not warn of missing ones: it never sends. The empty release and
    // environment keep it from reading its own from variables that we do not read; `take` removes them again.
    constructor() {
      super({ publicKey: 'unused', secretKey: 'unused', release: '', environment: '' });
    }

    #captured: { readonly type: CapturedType; readonly body: object } | undefined;

    /** The client's hook for what it has encoded, before sampling, media upload and its queue. */
    protected override enqueue(type: CapturedType, body: object): void {
      this.#captured = { type, body };
    }

    /** The last event that was encoded. */
    take(): EncodedEvent {
      const captured = this.#captured;
      if (captured === undefined) throw new Error('the langfuse client encoded nothing');
      const body: Record<string, unknown> = {};
      for (const key of Object.keys(captured.body)) {
        const value: unknown = Reflect.get(captured.body, key);
        if (isKept(value)) body[key] = value;
      }
      return { type: captured.type, body };
    }
  };
}

// null erases at the server; undefined and the empty defaults of the client say nothing.
function isKept(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function encode(client: CapturingClient, call: ClientCall): EncodedEvent {
  switch (call.call) {
    case 'trace':
      client.trace(call.body);
      return client.take();
    case 'trace.update':
      client.trace({ id: call.body.id }).update(call.body);
      return client.take();
    case 'event':
      client.event(call.body);
      return client.take();
    case 'span':
      client.span(call.body);
      return client.take();
    case 'span.end':
      client.span(idsOf(call.body)).end(call.body);
      return withTrueEnd(client.take(), call.body);
    case 'generation':
      client.generation(call.body);
      return client.take();
    case 'generation.end':
      client.generation(idsOf(call.body)).end(call.body);
      return withTrueEnd(client.take(), call.body);
    case 'observation':
      client.generation(call.body);
      return { ...client.take(), type: `${call.kind}-create` };
    default:
      return call satisfies never;
  }
}

// What a handle needs to know: the create that comes with it is not taken, because it was sent before.
function idsOf({ id, traceId }: ObservationBody): Pick<ObservationBody, 'id' | 'traceId'> {
  return { id, traceId };
}

// The client's end() says that it ended now.
function withTrueEnd(event: EncodedEvent, { endTime }: ObservationBody): EncodedEvent {
  return { ...event, body: { ...event.body, endTime } };
}
