import { isListTruncationMarker, listTruncationMarker } from './bounded-text.ts';
import {
  errorKeys,
  type HostObject,
  isPlainObject,
  type PlainObject,
  readBuiltIn,
  readClassObject,
} from './host-objects.ts';
import {
  type Accessors,
  bigintText,
  callToJson,
  functionText,
  readElement,
  readField,
  readMember,
  symbolText,
  unreadable,
} from './host-values.ts';
import type { JsonValue } from '../json.ts';
import { hasRecordMarker, type JsonRecord, putEntry, putRecordMarker } from './json-record.ts';
import { isSecretField, isSecretValue, namesSecret } from './secret-fields.ts';
import { redactedMarker } from './secret-values.ts';
import {
  type SnapshotRules,
  visitMarker,
  visitNull,
  visitNumber,
  visitText,
  type Walk,
} from './snapshot-walk.ts';

/** A copy that shares nothing with its source. */
export interface Snapshot {
  /** Plain JSON; undefined only when the source is. */
  readonly value: JsonValue | undefined;
  /** Approximate length of the JSON in UTF-8 bytes. */
  readonly size: number;
}

/** Copies any value in one pass. Bounded by the limits in size and, getters of the host aside, in time. */
export function takeSnapshot(value: unknown, rules: SnapshotRules): Snapshot {
  // Field by field: of an object that is spread, Node.js 20 makes one that is slow to use.
  const { limits, clean, cleanAgain, keys } = rules;
  const remaining = limits.maxTotalSize;
  const walk: Walk = { limits, clean, cleanAgain, keys, remaining, depth: 0, ancestors: [] };
  const copy = visit(walk, value);
  return { value: copy, size: limits.maxTotalSize - walk.remaining };
}

function visit(walk: Walk, value: unknown): JsonValue | undefined {
  switch (typeof value) {
    case 'string':
      return visitText(walk, value);
    case 'number':
      return visitNumber(walk, value);
    case 'boolean':
      walk.remaining -= 5;
      return value;
    case 'bigint':
      return visitText(walk, bigintText(value));
    case 'symbol':
      return visitText(walk, symbolText(value));
    case 'function':
      return visitText(walk, functionText(value));
    case 'object':
      return value === null ? visitNull(walk) : visitObject(walk, value);
    case 'undefined':
      return undefined;
    default:
      return undefined;
  }
}

function visitObject(walk: Walk, object: object): JsonValue | undefined {
  const { depth, ancestors } = walk;
  if (ancestors.includes(object)) return visitMarker(walk, '[circular]');
  const level = ancestors.length;
  try {
    ancestors.push(object);
    return visitContent(walk, object);
  } catch {
    return visitMarker(walk, unreadable);
  } finally {
    // Setting the length costs ten times as much.
    while (ancestors.length > level) ancestors.pop();
    walk.depth = depth;
  }
}

function visitContent(walk: Walk, object: object): JsonValue | undefined {
  if (Array.isArray(object)) return visitArray(walk, object);
  const isPlain = isPlainObject(object);
  const builtIn = isPlain ? undefined : readBuiltIn(object);
  if (builtIn !== undefined) return visitHostObject(walk, object, builtIn);
  const json = callToJson(object);
  if (json !== object) return visit(walk, json);
  if (isPlain) return visitPlainObject(walk, object);
  return visitHostObject(walk, object, readClassObject(object));
}

function visitHostObject(walk: Walk, object: object, host: HostObject): JsonValue | undefined {
  switch (host.kind) {
    case 'text':
      return visitText(walk, host.text);
    case 'primitive':
      return visit(walk, host.value);
    case 'items':
      return visitItems(walk, host);
    case 'entries':
      return visitEntries(walk, host);
    case 'error':
      return visitFields(walk, { object, keys: errorKeys(object), accessors: 'run' });
    case 'fields':
      return visitFields(walk, { object, keys: Object.keys(object), accessors: 'name' });
    default:
      return host satisfies never;
  }
}

/** Undefined once the object may be read; else what stands in for it. */
function enter(walk: Walk): string | undefined {
  if (walk.depth >= walk.limits.maxDepth) {
    return visitMarker(walk, `[truncated: depth ${walk.limits.maxDepth}]`);
  }
  walk.depth += 1;
  walk.remaining -= 2;
  return undefined;
}

function hasRoom(walk: Walk, count: number): boolean {
  return count < walk.limits.maxEntries && walk.remaining > 0;
}

function visitArray(walk: Walk, array: readonly unknown[]): JsonValue {
  const tooDeep = enter(walk);
  if (tooDeep !== undefined) return tooDeep;
  const { maxEntries } = walk.limits;
  // A proxy may claim any length.
  const length = Number.isFinite(array.length) ? Math.max(0, array.length) : 0;
  const isMarked = length === maxEntries + 1 && isListTruncationMarker(array[maxEntries]);
  const total = isMarked ? maxEntries : length;
  // Of its length at once: one that is pushed to has room for 17.
  const copy = Array<JsonValue>(
    Math.ceil(Math.min(total, maxEntries, Math.max(0, walk.remaining))),
  );
  let count = 0;
  for (; count < total && hasRoom(walk, count); count += 1) {
    walk.remaining -= 1;
    copy[count] = visit(walk, readElement(array, count)) ?? visitNull(walk);
  }
  if (count < total) {
    copy.length = count;
    copy.push(visitMarker(walk, listTruncationMarker(total, count)));
  } else if (isMarked) copy.push(visitMarker(walk, String(array[maxEntries])));
  return copy;
}

function visitItems(walk: Walk, { items, total }: HostObject & { kind: 'items' }): JsonValue {
  const tooDeep = enter(walk);
  if (tooDeep !== undefined) return tooDeep;
  const copy: JsonValue[] = [];
  for (const item of items) {
    if (!hasRoom(walk, copy.length)) {
      copy.push(visitMarker(walk, listTruncationMarker(total, copy.length)));
      break;
    }
    walk.remaining -= 1;
    copy.push(visit(walk, item) ?? visitNull(walk));
  }
  return copy;
}

function visitEntries(walk: Walk, host: HostObject & { kind: 'entries' }): JsonValue {
  const tooDeep = enter(walk);
  if (tooDeep !== undefined) return tooDeep;
  const record: JsonRecord = {};
  let count = 0;
  for (const [key, value] of host.entries) {
    if (!hasRoom(walk, count)) {
      walk.remaining -= putRecordMarker(record, { total: host.total, kept: count });
      break;
    }
    count += 1;
    const facts = walk.keys.read(typeof key === 'string' ? key : keyText(walk, key));
    const isHidden = facts.isSecret && isSecretValue(value);
    put(walk, record, { name: facts.name, value: isHidden ? redactedMarker : value });
  }
  return record;
}

function keyText(walk: Walk, key: unknown): string {
  const copy = visit(walk, key);
  return typeof copy === 'string' ? copy : (JSON.stringify(copy) ?? 'undefined');
}

/** Most objects are rows and messages, whose keys need no second look. */
function visitPlainObject(walk: Walk, object: PlainObject): JsonValue {
  const keys = Object.keys(object);
  return keys.length <= walk.limits.maxEntries && walk.keys.areOrdinary(keys)
    ? visitOrdinaryFields(walk, object, keys)
    : visitFields(walk, { object, keys, accessors: 'run' });
}

function visitOrdinaryFields(walk: Walk, object: PlainObject, keys: readonly string[]): JsonValue {
  const tooDeep = enter(walk);
  if (tooDeep !== undefined) return tooDeep;
  const record: JsonRecord = {};
  let count = 0;
  for (const key of keys) {
    if (walk.remaining <= 0) {
      walk.remaining -= putRecordMarker(record, { total: keys.length, kept: count });
      break;
    }
    count += 1;
    const copy = visit(walk, readField(object, key));
    walk.remaining -= copy === undefined ? 1 : key.length + 4;
    // No name here is taken, or inherited.
    if (copy !== undefined) record[key] = copy;
  }
  return record;
}

interface FieldSource {
  readonly object: object;
  readonly keys: readonly string[];
  readonly accessors: Accessors;
}

function visitFields(walk: Walk, { object, keys, accessors }: FieldSource): JsonValue {
  const tooDeep = enter(walk);
  if (tooDeep !== undefined) return tooDeep;
  const record: JsonRecord = {};
  const isMarked = hasRecordMarker(keys, walk.limits.maxEntries);
  let count = 0;
  for (const key of keys) {
    if (!hasRoom(walk, isMarked ? 0 : count)) {
      walk.remaining -= putRecordMarker(record, { total: keys.length, kept: count });
      break;
    }
    count += 1;
    const value = readMember(object, key, accessors);
    const { name, isSecret } = walk.keys.read(key);
    const isHidden = isSecret
      ? isSecretField(object, key, value)
      : namesSecret(walk.keys, object, key);
    put(walk, record, { name, value: isHidden && isSecretValue(value) ? redactedMarker : value });
  }
  return record;
}

function put(
  walk: Walk,
  record: JsonRecord,
  { name, value }: { readonly name: string; readonly value: unknown },
): void {
  const copy = visit(walk, value);
  walk.remaining -= copy === undefined ? 1 : name.length + 4;
  if (copy !== undefined) putEntry(record, name, copy);
}
