import { createRequire } from 'node:module';
import type * as OpenTelemetryApi from '@opentelemetry/api';

/**
 * Reads what the active OpenTelemetry context says: its baggage, then the attributes of its span.
 *
 * The API package is loaded when this is called and not on import, because few programs ask for it; it is the same
 * copy that the program uses, since OpenTelemetry keeps its state in one global.
 */
export function createActiveAttributes(): () => Readonly<Record<string, unknown>> {
  const require = createRequire(import.meta.url);
  // A CommonJS package behind `require` has no static type; this is the module's own declaration.
  const { context, propagation, trace } = require('@opentelemetry/api') as typeof OpenTelemetryApi;
  return () => {
    const active = context.active();
    const baggage = propagation.getBaggage(active)?.getAllEntries() ?? [];
    const span: unknown = trace.getSpan(active);
    return {
      ...Object.fromEntries(baggage.map(([key, entry]) => [key, entry.value])),
      ...attributesOf(span),
    };
  };
}

// Only spans of an SDK that records show their attributes; the interface does not promise them.
function attributesOf(span: unknown): object {
  if (typeof span !== 'object' || span === null || !('attributes' in span)) return {};
  return typeof span.attributes === 'object' && span.attributes !== null ? span.attributes : {};
}
