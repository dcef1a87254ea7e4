import { readField } from '../../src/index.ts';
import { type OpenTelemetryContext, registeredContextManager } from '../opentelemetry-context.ts';

// Keys of contexts are registered symbols of their descriptions, see `createContextKey` of the API.
const baggageKey = Symbol.for('OpenTelemetry Baggage Key');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

/** What the active OpenTelemetry context says: its baggage, then the attributes of its span. */
export function activeAttributes(): Readonly<Record<string, unknown>> {
  const active = registeredContextManager()?.active();
  if (active === undefined) return {};
  return { ...baggageOf(active), ...attributesOf(active) };
}

function baggageOf(context: OpenTelemetryContext): Readonly<Record<string, unknown>> {
  const baggage = context.getValue(baggageKey);
  const getAllEntries = readField(baggage, 'getAllEntries');
  if (typeof getAllEntries !== 'function') return {};
  const entries: readonly (readonly [string, unknown])[] = Reflect.apply(
    getAllEntries,
    baggage,
    [],
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, readField(entry, 'value')]));
}

// Only spans of an SDK that records show their attributes; the interface does not promise them.
function attributesOf(context: OpenTelemetryContext): object {
  const attributes = readField(context.getValue(spanKey), 'attributes');
  return typeof attributes === 'object' && attributes !== null ? attributes : {};
}
