import type { WireChoice } from './config.ts';
import type { Connection } from './connection.ts';
import { createIngestionWire } from './ingestion/sink.ts';
import { createOtlpWire } from './otlp/sink.ts';
import { createSwitchingWire } from './switching-wire.ts';
import type { Wire } from './wire.ts';

/** What sends: a wire, or several behind one face; `name` is the wire that it uses now. */
export type Sender = Pick<Wire, 'send'> & { readonly name: WireChoice };

/** Makes what sends over `wire`. */
export function createSender(wire: WireChoice, connection: Connection): Sender {
  switch (wire) {
    case 'auto':
      return createSwitchingWire(connection);
    case 'ingestion':
      return createIngestionWire(connection);
    case 'otlp':
      return createOtlpWire(connection);
    default:
      return wire satisfies never;
  }
}
