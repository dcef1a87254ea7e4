import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

// Loaded before anything else, so that whoever keeps one of these functions keeps ours.

const begin = Date.parse('2026-11-25T09:12:04.000Z');
let passed = 0;
let seed = 204;

/** Lets so much time pass in this process; nothing else does. */
export function pass(ms: number): void {
  passed += ms;
}

Date.now = () => begin + passed;
performance.now = () => passed;

// Ids come from these two. A fixed sequence gives the same picture each time.
Math.random = () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};
crypto.randomFillSync = (buffer) => {
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.trunc(Math.random() * 256);
  return buffer;
};
syncBuiltinESMExports();
