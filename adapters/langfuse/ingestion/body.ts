import { packageName, packageVersion } from '../vocabulary.ts';
import type { Envelope } from './envelopes.ts';

const opening = '{"batch":[';

/**
 * A batch as it travels. Each event is JSON already, and its bytes were counted: to stringify the batch would encode
 * everything a second time, and a text of all of it would be copied, checked and encoded by what sends it.
 */
export function toBatchBody(events: readonly Envelope[]): Uint8Array<ArrayBuffer> {
  const metadata = {
    sdk_name: packageName,
    sdk_version: packageVersion,
    batch_size: events.length,
  };
  const closing = `],"metadata":${JSON.stringify(metadata)}}`;
  const commas = Math.max(0, events.length - 1);
  const eventBytes = events.reduce((sum, { bytes }) => sum + bytes, 0);
  const body = Buffer.allocUnsafeSlow(
    opening.length + eventBytes + commas + Buffer.byteLength(closing),
  );
  let at = body.write(opening, 0, 'latin1');
  for (const [index, { text, bytes }] of events.entries()) {
    if (index > 0) at += body.write(',', at, 'latin1');
    at += body.write(text, at, bytes);
  }
  body.write(closing, at);
  return body;
}
