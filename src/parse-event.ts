import type { core } from 'zod';
import { reasonsByStatus } from './ending.ts';
import { EventError, type EventIssue } from './errors.ts';
import { eventSchemas } from './event-schema.ts';
import type { LifecycleEvent } from './events.ts';

/**
 * Reads a value as a lifecycle event; an absent timestamp becomes `now`, an ISO-8601 one milliseconds.
 *
 * @throws {EventError} that names each wrong field, what was expected there and what came.
 */
export function parseLifecycleEvent(value: unknown, now: number): LifecycleEvent {
  try {
    return readEvent(value, now);
  } catch (error) {
    if (error instanceof EventError) throw error;
    // A getter may throw, and causes may be nested so deeply that the stack overflows.
    throw eventError([{ field: '', expected: 'fields that can be read', received: 'others' }]);
  }
}

function readEvent(value: unknown, now: number): LifecycleEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw eventError([{ field: '', expected: 'an object', received: describe(value) }]);
  }
  const type: unknown = 'type' in value ? value.type : undefined;
  if (!isEventType(type)) {
    const expected = Object.keys(eventSchemas).join(' | ');
    throw eventError([{ field: 'type', expected, received: describe(type) }]);
  }
  const stamped =
    'timestamp' in value && value.timestamp !== undefined ? value : { ...value, timestamp: now };
  const result = eventSchemas[type].safeParse(stamped);
  if (result.success) return result.data;
  throw eventError(result.error.issues.flatMap((issue) => toEventIssues(issue, stamped)));
}

function isEventType(type: unknown): type is LifecycleEvent['type'] {
  return typeof type === 'string' && Object.hasOwn(eventSchemas, type);
}

function eventError(issues: readonly EventIssue[]): EventError {
  const list = issues.map(
    ({ field, expected, received }) =>
      `${field === '' ? 'event' : field}: expected ${expected}, received ${received}`,
  );
  return new EventError(`Not a lifecycle event: ${list.join('; ')}`, issues);
}

function toEventIssues(issue: core.$ZodIssue, event: object): readonly EventIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      expected: 'no such field',
      received: 'one; check its spelling',
    }));
  }
  const received = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
    event,
  );
  return [
    { field: issue.path.join('.'), expected: expectation(issue), received: describe(received) },
  ];
}

function expectation(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(issue.expected);
    case 'invalid_value':
      return issue.values.map(String).join(' | ');
    case 'too_big':
      return `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `at least ${issue.minimum}`;
    case 'invalid_format':
      return `a text that ${issue.message}`;
    case 'invalid_union':
      return expectationOfUnion(issue);
    default:
      return issue.message;
  }
}

function expectationOfUnion(issue: core.$ZodIssueInvalidUnion): string {
  if (issue.path.at(-1) === 'status') return Object.keys(reasonsByStatus).join(' | ');
  if (/time/i.test(String(issue.path.at(-1))))
    return 'milliseconds since the epoch or an ISO-8601 text';
  return issue.errors.flatMap((issues) => issues.map(expectation)).join(' or ');
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string')
    return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return article(typeof value);
}
